package doctest_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// knownImports are the packages that a snippet may use without importing them, by name.
var knownImports = map[string]string{
	"bytes": "bytes", "context": "context", "errors": "errors", "fmt": "fmt", "log": "log", "http": "net/http", "os": "os",
	"testing": "testing", "time": "time", "json": "encoding/json", "assert": "github.com/stretchr/testify/assert",
	"require": "github.com/stretchr/testify/require", "httpmock": "github.com/jarcoal/httpmock", "whatspie": modulePath,
	"whatspietest": modulePath + "/whatspietest", "pairweb": modulePath + "/pairweb",
}

// wrapper is the program around a snippet that is not a file, with the variables that the snippet may use.
const wrapper = `package main

import (
%s)

func main() {}

type variables struct {
	client        *whatspie.Client
	mux           *http.ServeMux
	deviceOf      func(*http.Request) (int64, error)
	askForUpgrade func(context.Context) error
	rotateToken   func(context.Context) error
	later         func(context.Context, time.Duration) error
}

func snippet(ctx context.Context, err error, in variables) error {
	client, mux, deviceOf := in.client, in.mux, in.deviceOf
	askForUpgrade, rotateToken, later := in.askForUpgrade, in.rotateToken, in.later
	_, _, _, _, _, _ = client, mux, deviceOf, askForUpgrade, rotateToken, later
	{
%s
	}
	return nil
}
`

// goBlock matches a fenced block of Go, which may be indented.
var goBlock = regexp.MustCompile("(?ms)^( *)```go\n(.*?)^ *```$")

// program turns a snippet into a file.
func program(snippet string) string {
	if strings.HasPrefix(snippet, "package main\n") {
		return snippet
	}
	var imports strings.Builder
	for name, importPath := range knownImports {
		isUsed := regexp.MustCompile(`\b` + name + `\.[A-Z]`)
		if isUsed.MatchString(wrapper) || isUsed.MatchString(snippet) {
			fmt.Fprintf(&imports, "\t%q\n", importPath)
		}
	}
	return fmt.Sprintf(wrapper, imports.String(), snippet)
}

func TestSnippets_compile(t *testing.T) {
	t.Parallel()
	count := 0
	for name, text := range documents(t) {
		snippets := snippetsOf(text)
		count += len(snippets)
		var files []string
		for i, snippet := range snippets {
			if isPackageFile(snippet) {
				files = append(files, snippet)
				continue
			}
			t.Run(fmt.Sprintf("%s %d", name, i+1), func(t *testing.T) {
				t.Parallel()
				assertBuilds(t, program(snippet))
			})
		}
		if len(files) == 0 {
			continue
		}
		t.Run(name+" files", func(t *testing.T) {
			t.Parallel()
			assertBuildsInPackage(t, files)
		})
	}
	assert.GreaterOrEqual(t, count, 5)
}

// snippetsOf returns the Go blocks of a document without their indentation.
func snippetsOf(text string) []string {
	matches := goBlock.FindAllStringSubmatch(text, -1)
	found := make([]string, 0, len(matches))
	for _, match := range matches {
		found = append(found, strings.ReplaceAll("\n"+match[2], "\n"+match[1], "\n")[1:])
	}
	return found
}

// isPackageFile reports whether a snippet is a file of the root package or of its tests.
func isPackageFile(snippet string) bool {
	return strings.HasPrefix(snippet, "package whatspie\n") || strings.HasPrefix(snippet, "package whatspie_test\n")
}

// assertBuilds compiles a program.
func assertBuilds(t *testing.T, text string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "main.go")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	output, err := goCommand(t, "build", "-o", os.DevNull, file).CombinedOutput()
	require.NoError(t, err, "%s\n%s", output, text)
}

// goCommand runs the go command in the module, so that a program outside of it can import the SDK.
func goCommand(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	if _, err := os.UserHomeDir(); err != nil && os.Getenv("GOCACHE") == "" {
		t.Skip("the go command has no directory for its caches")
	}
	command := exec.CommandContext(t.Context(), "go", args...)
	command.Dir = root
	return command
}

// assertBuildsInPackage compiles files as part of the root package.
func assertBuildsInPackage(t *testing.T, files []string) {
	t.Helper()
	dir, replace := t.TempDir(), map[string]string{}
	for i, text := range files {
		name := fmt.Sprintf("snippet%d.go", i)
		if strings.HasPrefix(text, "package whatspie_test\n") {
			name = fmt.Sprintf("snippet%d_test.go", i)
		}
		target, err := filepath.Abs(filepath.Join(root, name))
		require.NoError(t, err)
		replace[target] = filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(replace[target], []byte(text), 0o600))
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	require.NoError(t, err)
	file := filepath.Join(dir, "overlay.json")
	require.NoError(t, os.WriteFile(file, overlay, 0o600))
	output, err := goCommand(t, "vet", "-overlay", file, ".").CombinedOutput()
	require.NoError(t, err, "%s\n%s", output, files)
}

// People copy the quick start, so it stays short.
func TestQuickStart_isShort(t *testing.T) {
	t.Parallel()
	snippets := snippetsOf(documents(t)["README.md"])
	require.NotEmpty(t, snippets)
	assert.LessOrEqual(t, strings.Count(snippets[0], "\n"), 12)
}
