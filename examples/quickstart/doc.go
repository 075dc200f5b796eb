// Command quickstart is the program of docs/embedding.md, which quotes main.go
// and main_test.go line by line: the least that mounts the routes in a host
// with users of its own.
package main
