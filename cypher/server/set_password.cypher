// Change the password of the user who is logged in; run it on the system database.
// Parameters: $old, $new
// Returns: nothing
ALTER CURRENT USER SET PASSWORD FROM $old TO $new
