package secrets_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"path"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
	"github.com/whatspie-go/whatspie/pairweb"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// exportedTypes are those that the package in a folder declares, qualified.
func exportedTypes(t *testing.T, dir string) []string {
	t.Helper()
	module := wiretest.Module(t)
	files, err := fs.Glob(module, path.Join(dir, "*.go"))
	require.NoError(t, err)
	var found []string
	for _, name := range files {
		text, err := fs.ReadFile(module, name)
		require.NoError(t, err)
		file, err := parser.ParseFile(gotoken.NewFileSet(), name, text, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, decl := range file.Decls {
			if types, isGen := decl.(*ast.GenDecl); isGen && types.Tok == gotoken.TYPE && !strings.HasSuffix(name, "_test.go") {
				for _, spec := range types.Specs {
					if typ, isType := spec.(*ast.TypeSpec); isType && typ.Name.IsExported() {
						found = append(found, file.Name.Name+"."+typ.Name.Name)
					}
				}
			}
		}
	}
	return found
}

// samples are values of one exported type, in each state that a program can get hold of.
type samples struct {
	typ    reflect.Type
	values []any
}

// of checks that the values are of the type, behind a pointer, or implementations of it.
func of[T any](t *testing.T, values ...any) samples {
	t.Helper()
	typ := reflect.TypeFor[T]()
	for _, value := range values {
		have := reflect.TypeOf(value)
		require.True(t, have == typ || have == reflect.PointerTo(typ) || typ.Kind() == reflect.Interface && have.Implements(typ),
			"%v is no %v", have, typ)
	}
	return samples{typ, values}
}

// secretSamples hold the token or the QR code wherever they can.
func secretSamples(t *testing.T) []samples {
	t.Helper()
	source := wiretest.TokensInOrder(wiretest.Token)
	client := wiretest.NewClient(t, whatspie.WithTokenSource(source), whatspie.WithBaseURL("https://proxy/v1"))
	sent := whatspie.Device{ID: 7, Name: "n", Phone: "628", Package: whatspie.Packages()[0], CreatedAt: time.Unix(1, 0)}
	image, err := whatspie.ParseQRCode(wiretest.QRDataURI(t))
	require.NoError(t, err)
	link, err := whatspie.ParseQRCode("https://host/s3cr3t")
	require.NoError(t, err)
	response := qrResponse(t)
	failures := failures(t)
	paired := pairEvents(t)
	return append(helperSamples(t),
		of[whatspie.APIError](t, anys(slices.Collect(maps.Values(failures)))...),
		of[whatspie.CallOption](t, whatspie.WithHeader("X-Trace", "x"), whatspie.WithoutRetry(), whatspie.WithResponse(&response)),
		of[whatspie.Client](t, client, *client, *wiretest.NewClient(t), &whatspie.Client{}, (*whatspie.Client)(nil)),
		of[whatspie.CreateDeviceRequest](t, wiretest.NewDevice),
		of[whatspie.Device](t, sent, &sent),
		of[whatspie.DeviceStatus](t, whatspie.DeviceStatusActive),
		of[whatspie.DevicesService](t, client.Devices, *client.Devices),
		of[whatspie.Drift](t, anys(driftsWithSecrets(t))...),
		of[whatspie.DriftKind](t, whatspie.DriftType),
		of[whatspie.Limiter](t, wiretest.LimiterFunc(nil)),
		of[whatspie.Option](t, whatspie.WithTokenSource(source), whatspie.WithHTTPClient(http.DefaultClient), whatspie.WithBaseURL("https://proxy"),
			whatspie.WithLogger(slog.Default()), whatspie.WithRetry(whatspie.RetryPolicy{}), whatspie.WithLimiter(wiretest.LimiterFunc(nil))),
		of[whatspie.Package](t, whatspie.Packages()[0]),
		of[whatspie.PackageCode](t, whatspie.PackageBeta),
		of[whatspie.PairEvent](t, anys(paired)...),
		of[whatspie.PairEventKind](t, whatspie.PairQR),
		of[whatspie.PairOption](t, whatspie.WithMaxQRCodes(1), whatspie.WithQRLifetime(time.Second)),
		of[whatspie.PairedStatus](t, whatspie.PairedStatusPaired),
		of[whatspie.QRCode](t, image, *image, link, *link, whatspie.QRCode{}, (*whatspie.QRCode)(nil)),
		of[whatspie.Response](t, response, &response),
		of[whatspie.RetryPolicy](t, whatspie.RetryPolicy{MaxAttempts: 1}),
		of[whatspie.Server](t, sent.Server),
		of[whatspie.Subscription](t, sent.Subscription),
		of[whatspie.TokenSource](t, source),
		of[whatspie.UnconfirmedError](t, unconfirmed(t)),
		of[whatspie.WatchEvent](t, whatspie.WatchEvent{Kind: whatspie.WatchChanged, Device: &sent, Previous: &sent},
			whatspie.WatchEvent{Kind: whatspie.WatchRetry, Err: failures["transport"]}),
		of[whatspie.WatchEventKind](t, whatspie.WatchSynced),
		of[whatspie.WatchOption](t, whatspie.WithDevices(1), whatspie.WithUsage()),
	)
}

// helperSamples are those of the packages around the client, after a pairing that showed a code.
func helperSamples(t *testing.T) []samples {
	t.Helper()
	srv := whatspietest.NewServer(whatspietest.WithoutSocket(), whatspietest.WithToken(wiretest.Token))
	t.Cleanup(srv.Close)
	id := srv.AddDevice(whatspie.Device{Name: "n"})
	_, err := srv.Client().Devices.QR(t.Context(), id)
	require.NoError(t, err)
	fault := whatspietest.Fault{Path: "/devices", Status: http.StatusBadGateway, Times: -1}
	srv.Inject(fault)
	handler := pairweb.NewHandler(srv.Client(), func(*http.Request) (int64, error) { return id, nil })
	t.Cleanup(handler.Close)
	return []samples{
		of[whatspietest.CreateResponse](t, whatspietest.CreateResponseNoData),
		of[whatspietest.Fault](t, fault),
		of[whatspietest.Option](t, whatspietest.WithToken(wiretest.Token)),
		of[whatspietest.Request](t, srv.Requests()[0]),
		of[whatspietest.Server](t, srv),
		of[pairweb.Handler](t, handler),
		of[pairweb.Notice](t, pairweb.Notice{}),
		of[pairweb.Texts](t, pairweb.Texts{}),
		of[pairweb.Option](t, pairweb.WithLogger(slog.Default()), pairweb.WithPairOptions(whatspie.WithMaxQRCodes(1))),
	}
}

func anys[T any](values []T) []any {
	all := make([]any, len(values))
	for i, value := range values {
		all[i] = value
	}
	return all
}

func TestSecretSamplesCoverEveryExportedType(t *testing.T) {
	t.Parallel()
	declared := slices.Concat(exportedTypes(t, "."), exportedTypes(t, "whatspietest"), exportedTypes(t, "pairweb"))
	all := secretSamples(t)
	sampled := make([]string, 0, len(all))
	for _, one := range all {
		sampled = append(sampled, one.typ.String())
		assert.NotEmpty(t, one.values, one.typ)
	}
	assert.ElementsMatch(t, declared, sampled)
}

// exception returns why a type may show a secret in this form; empty if it must not.
func exception(typ string, w way) string {
	unasked := w.how == "%p" || w.within == "an unexported field" && (strings.HasPrefix(w.how, "%") || w.how == "slog text")
	switch {
	case typ == "whatspie.Response" && unasked:
		return "fmt does not ask the value how to print it"
	case typ == "whatspie.Response" && w.how == "gob":
		return "gob is for keeping a value, not for looking at it"
	case typ == "whatspietest.Server":
		return "the fake's token is made up, and a field"
	default:
		return ""
	}
}

func TestNothingPrintsASecret(t *testing.T) {
	t.Parallel()
	needles, used := secretNeedles(t), map[string]bool{}
	for _, one := range secretSamples(t) {
		for _, value := range one.values {
			for _, w := range printed(value) {
				needle := shown(w.text, needles)
				if needle == "" {
					continue
				}
				reason := exception(one.typ.String(), w)
				used[one.typ.String()+": "+reason] = true
				assert.NotEmpty(t, reason, "%v shows %q in %s, %s: %s", one.typ, needle, w.within, w.how, w.text)
			}
		}
	}
	assert.ElementsMatch(t, []string{
		"whatspie.Response: fmt does not ask the value how to print it",
		"whatspie.Response: gob is for keeping a value, not for looking at it",
		"whatspietest.Server: the fake's token is made up, and a field",
	}, slices.Collect(maps.Keys(used)), "an exception that is none any more")
}

// The complete list of methods and fields that return a secret.
func TestSecretsAreAskedForByName(t *testing.T) {
	t.Parallel()
	needles, found := secretNeedles(t), map[string]bool{}
	for _, one := range secretSamples(t) {
		for _, value := range one.values {
			for name, part := range parts(reflect.ValueOf(value)) {
				if raw, isRaw := part.([]byte); isRaw {
					part = string(raw)
				}
				if shown(fmt.Sprint(part), needles) != "" {
					found[one.typ.String()+"."+name] = true
				}
			}
		}
	}
	assert.ElementsMatch(t, []string{
		"whatspie.QRCode.DataURI", "whatspie.QRCode.PNG", "whatspie.QRCode.URL",
		"whatspie.Response.Body", "whatspie.Response.Header",
		"whatspietest.Server.Token",
	}, slices.Collect(maps.Keys(found)))
}

// parts are the exported fields, and what the exported methods without parameters return.
func parts(value reflect.Value) map[string]any {
	found := map[string]any{}
	if value.Kind() == reflect.Pointer && value.IsNil() {
		return found
	}
	for i := range value.NumMethod() {
		if method := value.Method(i); method.Type().NumIn() == 0 && method.Type().NumOut() > 0 {
			found[value.Type().Method(i).Name] = method.Call(nil)[0].Interface()
		}
	}
	inner := reflect.Indirect(value)
	if inner.Kind() != reflect.Struct {
		return found
	}
	for i := range inner.NumField() {
		if field := inner.Type().Field(i); field.IsExported() {
			found[field.Name] = inner.Field(i).Interface()
		}
	}
	return found
}

// errors.As still finds the original cause; nothing before it in the chain prints it.
func TestNoErrorOnTheWayToTheCauseShowsASecret(t *testing.T) {
	t.Parallel()
	var walk func(name string, err error)
	walk = func(name string, err error) {
		assertNoSecret(t, fmt.Sprintf("%v %+v %#v %s %q %d %x", err, err, err, err, err, err, err))
		if wrapper, several := err.(interface{ Unwrap() []error }); several {
			for _, inner := range wrapper.Unwrap() {
				walk(name, inner)
			}
		}
	}
	for name, err := range failures(t) {
		walk(name, err)
	}
	for name, err := range wiretest.Sentinels() {
		walk(name, err)
	}
}

// Encoders that do not know Response's methods obey its tags.
func TestResponseHidesItselfFromEncoders(t *testing.T) {
	t.Parallel()
	response := reflect.TypeFor[whatspie.Response]()
	for _, name := range []string{"Header", "Body"} {
		field, found := response.FieldByName(name)
		require.True(t, found)
		for _, encoder := range []string{"json", "xml", "yaml", "toml"} {
			assert.Equal(t, "-", field.Tag.Get(encoder), "%s of %s", encoder, name)
		}
	}
}
