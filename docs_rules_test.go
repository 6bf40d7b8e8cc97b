package whatspie_test

import (
	"go/ast"
	"go/doc"
	"go/parser"
	gotoken "go/token"
	"io/fs"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
)

// units is what the comment of a number has to hold one of: without it, nobody knows what is counted or measured.
var units = map[string]*regexp.Regexp{
	"time.Duration": regexp.MustCompile(`(?i)\b(seconds?|ms|minutes?|time|wait|how long)\b|\d m?s\b`),
	"int":           regexp.MustCompile(`(?i)\b(counts?|number|status|bytes|how many|retries|attempts)\b`),
	"int64":         regexp.MustCompile(`(?i)\b(counts?|number|identif\w+|bytes|how many|messages)\b`),
}

// flaws names what is wrong with the comments: one that does not begin with the name, a number without a unit.
func (s *source) flaws() []string {
	var found []string
	begins := func(comment, name string) {
		plain := name[strings.LastIndex(name, ".")+1:]
		words := strings.Fields(strings.TrimPrefix(strings.TrimPrefix(comment, "A "), "The "))
		if ast.IsExported(plain) && len(words) > 0 && strings.TrimRight(words[0], ",") != plain {
			found = append(found, name+" does not begin with its name")
		}
	}
	funcs := slices.Clone(s.docs.Funcs)
	for _, typ := range s.docs.Types {
		begins(typ.Doc, typ.Name)
		funcs = append(funcs, typ.Funcs...)
		for _, method := range typ.Methods {
			begins(method.Doc, typ.Name+"."+method.Name)
		}
		for _, spec := range typ.Decl.Specs {
			s.members(spec, func(comment, name string) { begins(comment, typ.Name+"."+name) })
			found = append(found, unitless(typ.Name, spec)...)
		}
	}
	for _, function := range funcs {
		begins(function.Doc, function.Name)
	}
	return found
}

// unitless names the numbers of a struct whose comments have no unit.
func unitless(name string, spec ast.Spec) []string {
	typ, isType := spec.(*ast.TypeSpec)
	if !isType {
		return nil
	}
	body, isStruct := typ.Type.(*ast.StructType)
	if !isStruct {
		return nil
	}
	var found []string
	for _, field := range body.Fields.List {
		unit := units[typeName(field.Type)]
		for _, fieldName := range field.Names {
			if unit != nil && fieldName.IsExported() && !unit.MatchString(field.Doc.Text()) {
				found = append(found, name+"."+fieldName.Name+" has no unit")
			}
		}
	}
	return found
}

func typeName(expression ast.Expr) string {
	switch typ := expression.(type) {
	case *ast.Ident:
		return typ.Name
	case *ast.SelectorExpr:
		return typeName(typ.X) + "." + typ.Sel.Name
	default:
		return ""
	}
}

func TestCommentsKeepTheRules(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{".", "whatspietest", "pairweb"} {
		assert.Empty(t, readSource(t, dir).flaws(), dir)
	}
}

// The check itself must notice what it is there for.
func TestFlawsAreNoticed(t *testing.T) {
	t.Parallel()
	s := &source{files: gotoken.NewFileSet()}
	file, err := parser.ParseFile(s.files, "x.go", `package x
// T is fine.
type T struct {
	// B is how many there are.
	B int
	// Something else.
	C string
	// D is large.
	D int64
	// E is nice.
	E time.Duration
}
// Does something.
func (T) F() {}
// Makes it.
func G() T { return T{} }
`, parser.ParseComments)
	require.NoError(t, err)
	s.docs, err = doc.NewFromFiles(s.files, []*ast.File{file}, "x", doc.PreserveAST)
	require.NoError(t, err)
	assert.ElementsMatch(t, []string{
		"T.C does not begin with its name", "T.F does not begin with its name", "G does not begin with its name",
		"T.D has no unit", "T.E has no unit",
	}, s.flaws())
}

func TestEndpointsTellWhetherTheyAreRetried(t *testing.T) {
	t.Parallel()
	for name, method := range endpoints(t, readSource(t, ".")) {
		assert.Regexp(t, `(?i)\bretried\b|sent a second time|no retry`, strings.Join(strings.Fields(method.Doc), " "), name)
	}
}

// Whoever reads the documentation finds each method at work: services, the fake server, and a member of each group of
// options.
func TestEveryMethodHasAnExample(t *testing.T) {
	t.Parallel()
	options := []string{
		"NewClient", "WithTokenSource", "WithRetry", "WithLogger", "WithLimiter", "WithDriftHandler", // of a client
		"WithHeader", "WithMaxQRCodes", "WithChangesOnly", // of a call, a pairing, a watch
		"Client_Call", "LookupPackage", "ParseQRCode",
	}
	const missing = "there is no func Example... of that name with an \"// Output:\" at its end"
	root := examples(t, ".")
	for _, name := range options {
		assert.Contains(t, root, name, missing)
	}
	for name := range endpoints(t, readSource(t, ".")) {
		assert.Contains(t, root, "DevicesService_"+name, missing)
	}
	fake := examples(t, "whatspietest")
	for _, typ := range readSource(t, "whatspietest").docs.Types {
		for _, method := range typ.Methods {
			if typ.Name == "Server" && method.Name != "Device" { // it stands in the examples of the others
				assert.Contains(t, fake, "Server_"+method.Name, missing)
			}
		}
	}
}

// examples are the names of the examples in a folder's tests that are run with output.
func examples(t *testing.T, dir string) []string {
	t.Helper()
	names, err := fs.Glob(os.DirFS(dir), "*_test.go")
	require.NoError(t, err)
	files := make([]*ast.File, 0, len(names))
	for _, name := range names {
		text, err := fs.ReadFile(os.DirFS(dir), name)
		require.NoError(t, err)
		file, err := parser.ParseFile(gotoken.NewFileSet(), name, text, parser.ParseComments)
		require.NoError(t, err)
		files = append(files, file)
	}
	var found []string
	for _, example := range doc.Examples(files...) {
		if example.Output != "" || example.EmptyOutput {
			found = append(found, example.Name)
		}
	}
	return found
}

// TestEveryEndpointIsListed holds what a new method is easily forgotten in.
func TestEveryEndpointIsListed(t *testing.T) {
	t.Parallel()
	elsewhere := map[string]bool{"Pair": true, "Watch": true, "CreateConfirmed": true} // they take several calls
	tested := calls(newClient(t))
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	consumer, err := os.ReadFile("internal/testdata/consumer/consumer.go")
	require.NoError(t, err)
	service := reflect.TypeFor[*whatspie.DevicesService]()
	for i := range service.NumMethod() {
		name := service.Method(i).Name
		if !elsewhere[name] {
			assert.Contains(t, tested, name, "calls in client_test.go")
		}
		assert.Contains(t, string(readme), "`Devices."+name+"`", "the table of README.md")
		assert.Contains(t, string(consumer), "\t"+name+"(ctx", "the interface of internal/testdata/consumer")
	}
}
