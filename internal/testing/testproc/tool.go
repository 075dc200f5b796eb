package testproc

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Tool returns the path of a program or file: what an environment variable names, a
// program in PATH, or a path within the folder .tools, where scripts/test-servers
// installs it, of this folder or of one above. variable and program may be empty.
func Tool(variable, program, within string) (string, error) {
	if path := os.Getenv(variable); variable != "" && path != "" {
		return path, nil
	}
	if program != "" {
		if path, err := exec.LookPath(program); err == nil {
			return path, nil
		}
	}
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		path := filepath.Join(dir, ".tools", within)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", fmt.Errorf("needs .tools/%s: scripts/test-servers installs it", within)
		}
		dir = parent
	}
}
