// Command quickstart is the program of docs/embedding.md, which quotes main.go and
// main_test.go line by line. It is a minimal host with users of its own.
package main
