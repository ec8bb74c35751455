// Changes the password of the user who is logged in. Run it on the system database.
// Parameters: $old, $new
// Returns: nothing
ALTER CURRENT USER SET PASSWORD FROM $old TO $new
