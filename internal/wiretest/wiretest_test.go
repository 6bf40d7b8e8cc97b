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

// Other tests rely on the list of sentinels.
func TestSentinels_complete(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(gotoken.NewFileSet(), "../../errors.go", nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	var declared []string
	ast.Inspect(file, func(node ast.Node) bool {
		if spec, isValue := node.(*ast.ValueSpec); isValue && strings.HasPrefix(spec.Names[0].Name, "Err") {
			declared = append(declared, spec.Names[0].Name)
		}
		_, isFunc := node.(*ast.FuncDecl)
		return !isFunc
	})
	assert.ElementsMatch(t, declared, slices.Collect(maps.Keys(wiretest.Sentinels())))
}

// Other tests make every call, including those of endpoints that are added later.
func TestCalls_complete(t *testing.T) {
	t.Parallel()
	severalRequests := []string{"CreateConfirmed", "Pair", "WaitPaired", "Watch"}
	calls := wiretest.Calls(wiretest.NewClient(t))
	service := reflect.TypeFor[*whatspie.DevicesService]()
	for i := range service.NumMethod() {
		if name := service.Method(i).Name; !slices.Contains(severalRequests, name) {
			assert.Contains(t, calls, name, "wiretest.Calls")
		}
	}
}
