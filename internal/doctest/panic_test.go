package doctest_test

import (
	"go/ast"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// The client and everything that it imports never panic by themselves, and call no function that panics on bad input.
func TestClientCode_doesNotPanic(t *testing.T) {
	t.Parallel()
	for _, dir := range dependencies(t, ".") {
		s := readSource(t, dir)
		for _, declared := range s.decls {
			function, isFunction := declared.(*ast.FuncDecl)
			if !isFunction {
				continue
			}
			ast.Inspect(function, func(node ast.Node) bool {
				if call, isCall := node.(*ast.CallExpr); isCall {
					name := calledName(call)
					assert.False(t, name == "panic" || strings.HasPrefix(name, "Must"), "%s: %s", s.files.Position(call.Pos()), name)
				}
				return true
			})
		}
	}
}

// calledName returns the name of the called function or method, without its package or receiver.
func calledName(call *ast.CallExpr) string {
	switch function := call.Fun.(type) {
	case *ast.Ident:
		return function.Name
	case *ast.SelectorExpr:
		return function.Sel.Name
	default:
		return ""
	}
}
