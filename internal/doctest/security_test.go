package doctest_test

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSecurityPolicyNamesTestsThatExist(t *testing.T) {
	t.Parallel()
	module := os.DirFS(root)
	policy, err := fs.ReadFile(module, "SECURITY.md")
	require.NoError(t, err)
	var tests strings.Builder
	require.NoError(t, fs.WalkDir(module, ".", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, "_test.go") {
			return err
		}
		text, err := fs.ReadFile(module, name)
		tests.Write(text)
		return err
	}))
	named := regexp.MustCompile(`Test\w+`).FindAllString(string(policy), -1)
	assert.NotEmpty(t, named)
	for _, name := range named {
		assert.Contains(t, tests.String(), "func "+name+"(t *testing.T)")
	}
}
