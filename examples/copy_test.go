package examples_test

import (
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	demoImport = regexp.MustCompile(`\n\t"github.com/whatspie-go/whatspie/examples/internal/demo"`)
	demoClient = regexp.MustCompile(`client := demo\.Client\(.*\) // in your program: (client, err := whatspie\.NewClientFromEnv\(\))\n`)
)

// These examples can be copied: they compile in another module, once a line is replaced as its comment says.
func TestOneCallExamples_compileInAnotherModule(t *testing.T) {
	t.Parallel()
	repository, err := filepath.Abs("..")
	require.NoError(t, err)
	for _, name := range []string{"create", "get", "list", "qr"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			module := t.TempDir()
			root, err := os.OpenRoot(module)
			require.NoError(t, err)
			t.Cleanup(func() { assert.NoError(t, root.Close()) })
			files, err := filepath.Glob(filepath.Join(name, "*.go"))
			require.NoError(t, err)
			for _, file := range files {
				if strings.HasSuffix(file, "_test.go") {
					continue
				}
				text := withoutDemo(t, file)
				require.NoError(t, root.WriteFile(filepath.Base(file), []byte(text), 0o600))
			}
			goMod, err := os.ReadFile("go.mod")
			require.NoError(t, err)
			adapted := strings.NewReplacer("module github.com/whatspie-go/whatspie/examples", "module example.com/program",
				"=> ../", "=> "+strconv.Quote(repository)).Replace(string(goMod))
			require.NoError(t, root.WriteFile("go.mod", []byte(adapted), 0o600))
			goSum, err := os.ReadFile("go.sum")
			require.NoError(t, err)
			require.NoError(t, root.WriteFile("go.sum", goSum, 0o600))
			build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(module, "program"), ".")
			build.Dir = module
			output, err := build.CombinedOutput()
			require.NoError(t, err, string(output))
		})
	}
}

// withoutDemo returns the text of a file with package demo replaced, as its comment says.
func withoutDemo(t *testing.T, file string) string {
	t.Helper()
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	text := string(raw)
	if filepath.Base(file) == "main.go" {
		require.Len(t, demoClient.FindAllString(text, -1), 1)
		text = demoClient.ReplaceAllString(text, "$1\n\tif err != nil {\n\t\tlog.Fatal(err)\n\t}\n")
		sdkImport := `"github.com/whatspie-go/whatspie"`
		if strings.Contains(text, sdkImport) {
			sdkImport = ""
		}
		text = demoImport.ReplaceAllString(text, "\n\t"+sdkImport)
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), file, text, parser.ImportsOnly)
	require.NoError(t, err)
	for _, imported := range parsed.Imports {
		assert.NotContains(t, imported.Path.Value, "/examples/")
	}
	return text
}
