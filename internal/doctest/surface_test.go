package doctest_test

import (
	"flag"
	"go/ast"
	"go/format"
	"go/parser"
	gotoken "go/token"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "record the public surface in testdata/api")

// surface returns the exported declarations of a package, sorted and without comments and bodies.
func surface(t *testing.T, dir string) string {
	t.Helper()
	var found []string
	for _, file := range parse(t, gotoken.NewFileSet(), dir, isCode, parser.SkipObjectResolution) {
		ast.FileExports(file)
		for _, decl := range file.Decls {
			if imports, isGen := decl.(*ast.GenDecl); isGen && imports.Tok == gotoken.IMPORT {
				continue
			}
			if function, isFunc := decl.(*ast.FuncDecl); isFunc {
				if function.Recv != nil && !ast.IsExported(strings.TrimPrefix(types.ExprString(function.Recv.List[0].Type), "*")) {
					continue
				}
				function.Body = nil
			}
			var out strings.Builder
			require.NoError(t, format.Node(&out, gotoken.NewFileSet(), decl))
			found = append(found, out.String()+"\n")
		}
	}
	slices.Sort(found)
	return strings.Join(found, "")
}

// TestPublicSurface compares the exported declarations with the recorded ones, to show what a change means for users.
func TestPublicSurface(t *testing.T) {
	t.Parallel()
	for _, dir := range importable(t) {
		golden := filepath.Join(root, "testdata", "api", readSource(t, dir).docs.Name+".txt")
		current := surface(t, dir)
		if *update {
			require.NoError(t, os.WriteFile(golden, []byte(current), 0o600))
		}
		recorded, err := os.ReadFile(golden)
		require.NoError(t, err)
		before, after := slices.Collect(strings.Lines(string(recorded))), slices.Collect(strings.Lines(current))
		assert.Empty(t, without(before, after), "removed from %s; if intended, run make api UPDATE=-update", dir)
		assert.Empty(t, without(after, before), "added to %s; if intended, run make api UPDATE=-update", dir)
		assert.Len(t, after, len(before), "number of lines of %s; if intended, run make api UPDATE=-update", dir)
	}
}

// without returns the lines that are not in others.
func without(lines, others []string) []string {
	return slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return slices.Contains(others, line) })
}
