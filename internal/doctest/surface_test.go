package doctest_test

import (
	"flag"
	"go/ast"
	"go/format"
	"go/parser"
	gotoken "go/token"
	"go/types"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "record the public surface anew")

// surface is what a package shows: each exported declaration, without comments and bodies, in order.
func surface(t *testing.T, dir string) string {
	t.Helper()
	folder := os.DirFS(filepath.Join(root, dir))
	names, err := fs.Glob(folder, "*.go")
	require.NoError(t, err)
	var found []string
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := fs.ReadFile(folder, name)
		require.NoError(t, err)
		file, err := parser.ParseFile(gotoken.NewFileSet(), name, text, parser.SkipObjectResolution)
		require.NoError(t, err)
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

// TestPublicSurface shows what a change does to those who import the packages.
func TestPublicSurface(t *testing.T) {
	t.Parallel()
	for dir, file := range map[string]string{".": "whatspie.txt", "whatspietest": "whatspietest.txt", "pairweb": "pairweb.txt"} {
		golden := filepath.Join(root, "testdata", "api", file)
		now := surface(t, dir)
		if *update {
			require.NoError(t, os.WriteFile(golden, []byte(now), 0o600))
		}
		then, err := os.ReadFile(golden)
		require.NoError(t, err)
		before, after := slices.Collect(strings.Lines(string(then))), slices.Collect(strings.Lines(now))
		assert.Empty(t, without(before, after), "%s has no longer what users may use; if that is meant: make api UPDATE=-update", dir)
		assert.Empty(t, without(after, before), "%s has something new; if that is meant: make api UPDATE=-update", dir)
		assert.Len(t, after, len(before), "%s has something more or less often: make api UPDATE=-update", dir)
	}
}

// without are the lines that others does not have.
func without(lines, others []string) []string {
	return slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return slices.Contains(others, line) })
}
