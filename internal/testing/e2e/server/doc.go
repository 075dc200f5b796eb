// Package server holds no code of the product: its tests run the program of
// examples/server as a process of its own and use it as its users do, over
// HTTP, over the Model Context Protocol and by its commands.
package server
