package doctest_test

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// documents returns the Markdown files of the module by name.
func documents(t *testing.T) map[string]string {
	t.Helper()
	module, found := os.DirFS(root), map[string]string{}
	walk(t, func(name string) {
		if path.Ext(name) == ".md" {
			text, err := fs.ReadFile(module, name)
			require.NoError(t, err)
			found[name] = string(text)
		}
	})
	require.Contains(t, found, "README.md")
	return found
}

// testFunctions returns the names of all tests and fuzz targets of the module.
func testFunctions(t *testing.T) []string {
	t.Helper()
	module, declaration := os.DirFS(root), regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	var found []string
	walk(t, func(name string) {
		if !isTest(name) {
			return
		}
		text, err := fs.ReadFile(module, name)
		require.NoError(t, err)
		for _, match := range declaration.FindAllStringSubmatch(string(text), -1) {
			found = append(found, match[1])
		}
	})
	return found
}

// The documents name tests as evidence. In a command, -run may name the beginning of several.
func TestDocuments_nameExistingTests(t *testing.T) {
	t.Parallel()
	tests := testFunctions(t)
	mention := regexp.MustCompile(`(-run )?\b((?:Test|Fuzz)[A-Z]\w+)`)
	for name, text := range documents(t) {
		mentions := mention.FindAllStringSubmatch(goBlock.ReplaceAllString(text, ""), -1)
		assert.False(t, name == "SECURITY.md" && len(mentions) == 0, "SECURITY.md names no tests")
		for _, m := range mentions {
			isNamed := func(test string) bool { return test == m[2] || m[1] != "" && strings.HasPrefix(test, m[2]) }
			assert.True(t, slices.ContainsFunc(tests, isNamed), "%s names %s, which does not exist", name, m[2])
		}
	}
}
