package blob

// NewDir opens a Dir over a file system of a test, such as one whose power can be
// cut.
var NewDir = newDir
