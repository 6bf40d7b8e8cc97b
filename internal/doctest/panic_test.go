package doctest_test

import (
	"go/ast"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// The packages that talk to the API never panic by themselves, nor do they call what panics at bad input.
func TestNoPanicOfOurs(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{".", "internal/transport", "internal/wire", "internal/qrimage"} {
		s := readSource(t, dir)
		for _, declared := range s.decls {
			function, isFunction := declared.(*ast.FuncDecl)
			if !isFunction {
				continue
			}
			ast.Inspect(function, func(node ast.Node) bool {
				if call, isCall := node.(*ast.CallExpr); isCall {
					name := called(call)
					assert.False(t, name == "panic" || strings.HasPrefix(name, "Must"), "%s: %s", s.files.Position(call.Pos()), name)
				}
				return true
			})
		}
	}
}

func called(call *ast.CallExpr) string {
	switch function := call.Fun.(type) {
	case *ast.Ident:
		return function.Name
	case *ast.SelectorExpr:
		return function.Sel.Name
	default:
		return ""
	}
}
