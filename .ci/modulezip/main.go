// Command modulezip writes the module, without its nested modules, to a directory for GOPROXY:
//
//	go run -C .ci/modulezip . "$PWD" /tmp/proxy
//	GOPROXY=file:///tmp/proxy go install github.com/whatspie-go/whatspie/cmd/whatspie-fake@v0.0.0
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

var version = module.Version{Path: "github.com/whatspie-go/whatspie", Version: "v0.0.0"}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: modulezip MODULE DIRECTORY")
		os.Exit(2)
	}
	if err := write(os.Args[1], filepath.Join(os.Args[2], version.Path, "@v")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// write writes the files that https://go.dev/ref/mod#goproxy-protocol defines for one version.
func write(source, target string) error {
	if err := os.MkdirAll(target, 0o750); err != nil { //nolint:gosec // the caller chooses the directory
		return err
	}
	mod, err := os.ReadFile(filepath.Join(source, "go.mod")) //nolint:gosec // the caller chooses the directory
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{
		version.Version + ".mod":  mod,
		version.Version + ".info": fmt.Appendf(nil, `{"Version":%q}`, version.Version),
		"list":                    []byte(version.Version + "\n"),
	} {
		if err := os.WriteFile(filepath.Join(target, name), content, 0o600); err != nil { //nolint:gosec // the caller chooses the directory
			return err
		}
	}
	archive, err := os.Create(filepath.Join(target, version.Version+".zip")) //nolint:gosec // the caller chooses the directory
	if err != nil {
		return err
	}
	defer archive.Close() //nolint:errcheck // the error of the second Close matters
	if err := zip.CreateFromDir(archive, version, filepath.Clean(source)); err != nil {
		return err
	}
	return archive.Close()
}
