package wiretest_test

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

// The list of sentinels that the other tests use is complete.
func TestSentinels_complete(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(gotoken.NewFileSet(), "../../errors.go", nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	var declared []string
	ast.Inspect(file, func(node ast.Node) bool {
		if spec, isValue := node.(*ast.ValueSpec); isValue && strings.HasPrefix(spec.Names[0].Name, "Err") {
			declared = append(declared, spec.Names[0].Name)
		}
		_, inFunc := node.(*ast.FuncDecl)
		return !inFunc
	})
	assert.ElementsMatch(t, declared, slices.Collect(maps.Keys(wiretest.Sentinels())))
}

// A new endpoint goes through the tests that hold for every endpoint.
func TestCalls_complete(t *testing.T) {
	t.Parallel()
	severalCalls := []string{"CreateConfirmed", "Pair", "WaitPaired", "Watch"}
	tested := wiretest.Calls(wiretest.NewClient(t))
	service := reflect.TypeFor[*whatspie.DevicesService]()
	for i := range service.NumMethod() {
		if name := service.Method(i).Name; !slices.Contains(severalCalls, name) {
			assert.Contains(t, tested, name, "wiretest.Calls")
		}
	}
}
