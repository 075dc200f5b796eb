// Command probe prints what a program finds in a container.
package main

import (
	"fmt"
	"os"
	"strings"
)

func main() {
	folder, err := os.Getwd()
	if err != nil {
		folder = err.Error()
	}
	certificates, err := os.ReadFile("/etc/ssl/certs/ca-certificates.crt")
	if err != nil {
		certificates = []byte(err.Error())
	}
	fmt.Println("arguments:", strings.Join(os.Args[1:], " "))
	fmt.Println("user:", os.Getuid(), os.Getgid())
	fmt.Println("folder:", folder)
	fmt.Printf("certificates: %s\n", certificates)
	fmt.Println("writing in the folder:", os.WriteFile("written", nil, 0o600))
	fmt.Println("writing beside the program:", os.WriteFile("/written", nil, 0o600))
}
