// Package deploy has only tests: the files of deploy/, each by the program that reads it.
package deploy
