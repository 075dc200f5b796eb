package blob

// NewDir returns a Dir on the file system of a test.
var NewDir = newDir

// ContentKey is contentKey.
var ContentKey = contentKey
