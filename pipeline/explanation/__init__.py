"""Read stored recommendations with the paths that explain them."""
