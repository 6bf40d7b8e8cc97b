package secrets_test

import (
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

// exportedTypes returns the qualified names of the exported types of the package in a folder.
func exportedTypes(t *testing.T, dir string) []string {
	t.Helper()
	module := wiretest.Module(t)
	files, err := fs.Glob(module, path.Join(dir, "*.go"))
	require.NoError(t, err)
	var names []string
	for _, name := range files {
		text, err := fs.ReadFile(module, name)
		require.NoError(t, err)
		file, err := parser.ParseFile(gotoken.NewFileSet(), name, text, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, decl := range file.Decls {
			if types, isGen := decl.(*ast.GenDecl); isGen && types.Tok == gotoken.TYPE && !strings.HasSuffix(name, "_test.go") {
				for _, spec := range types.Specs {
					if typ, isType := spec.(*ast.TypeSpec); isType && typ.Name.IsExported() {
						names = append(names, file.Name.Name+"."+typ.Name.Name)
					}
				}
			}
		}
	}
	return names
}

// samples are values of one exported type, in every state that a program can obtain.
type samples struct {
	typ    reflect.Type
	values []any
}

// samplesOf checks that the values are of the type, pointers to it, or implementations of it.
func samplesOf[T any](t *testing.T, values ...any) samples {
	t.Helper()
	typ := reflect.TypeFor[T]()
	for _, value := range values {
		got := reflect.TypeOf(value)
		implements := typ.Kind() == reflect.Interface && got.Implements(typ)
		require.True(t, got == typ || got == reflect.PointerTo(typ) || implements, "%v is no %v", got, typ)
	}
	return samples{typ, values}
}

// secretSamples returns samples of every exported type. They contain the token or a QR code wherever possible.
func secretSamples(t *testing.T) []samples {
	t.Helper()
	source := wiretest.TokensInOrder(wiretest.Token)
	client := wiretest.NewClient(t, whatspie.WithTokenSource(source), whatspie.WithBaseURL("https://proxy/v1"))
	device := whatspie.Device{ID: 7, Name: "n", Phone: "628", Package: whatspie.Packages()[0], CreatedAt: time.Unix(1, 0)}
	image, err := whatspie.ParseQRCode(wiretest.QRDataURI(t))
	require.NoError(t, err)
	link, err := whatspie.ParseQRCode(qrLink)
	require.NoError(t, err)
	response := qrResponse(t)
	failures := qrFailures(t)
	return append(helperSamples(t),
		samplesOf[whatspie.APIError](t, toAny(slices.Collect(maps.Values(failures)))...),
		samplesOf[whatspie.CallOption](t,
			whatspie.WithHeader("X-Trace", "x"), whatspie.WithoutRetry(), whatspie.WithResponse(&response)),
		samplesOf[whatspie.Client](t, client, *client, *wiretest.NewClient(t), &whatspie.Client{}, (*whatspie.Client)(nil)),
		samplesOf[whatspie.CreateDeviceRequest](t, wiretest.NewDevice),
		samplesOf[whatspie.Device](t, device, &device),
		samplesOf[whatspie.DeviceStatus](t, whatspie.DeviceStatusActive),
		samplesOf[whatspie.DevicesService](t, client.Devices, *client.Devices),
		samplesOf[whatspie.Drift](t, toAny(secretDrift(t))...),
		samplesOf[whatspie.DriftKind](t, whatspie.DriftType),
		samplesOf[whatspie.Limiter](t, wiretest.LimiterFunc(nil)),
		samplesOf[whatspie.Option](t,
			whatspie.WithTokenSource(source), whatspie.WithHTTPClient(http.DefaultClient),
			whatspie.WithBaseURL("https://proxy"), whatspie.WithLogger(slog.Default()),
			whatspie.WithRetry(whatspie.RetryPolicy{}), whatspie.WithLimiter(wiretest.LimiterFunc(nil))),
		samplesOf[whatspie.Package](t, whatspie.Packages()[0]),
		samplesOf[whatspie.PackageCode](t, whatspie.PackageBeta),
		samplesOf[whatspie.PairEvent](t, toAny(pairEvents(t))...),
		samplesOf[whatspie.PairEventKind](t, whatspie.PairQR),
		samplesOf[whatspie.PairOption](t, whatspie.WithMaxQRCodes(1), whatspie.WithQRLifetime(time.Second)),
		samplesOf[whatspie.PairedStatus](t, whatspie.PairedStatusPaired),
		samplesOf[whatspie.QRCode](t, image, *image, link, *link, whatspie.QRCode{}, (*whatspie.QRCode)(nil)),
		samplesOf[whatspie.Response](t, response, &response),
		samplesOf[whatspie.RetryPolicy](t, whatspie.RetryPolicy{MaxAttempts: 1}),
		samplesOf[whatspie.Server](t, device.Server),
		samplesOf[whatspie.Subscription](t, device.Subscription),
		samplesOf[whatspie.TokenSource](t, source),
		samplesOf[whatspie.UnconfirmedError](t, unconfirmedError(t)),
		samplesOf[whatspie.WatchEvent](t,
			whatspie.WatchEvent{Kind: whatspie.WatchChanged, Device: &device, Previous: &device},
			whatspie.WatchEvent{Kind: whatspie.WatchRetry, Err: failures["transport error"]}),
		samplesOf[whatspie.WatchEventKind](t, whatspie.WatchSynced),
		samplesOf[whatspie.WatchOption](t, whatspie.WithDevices(1), whatspie.WithUsage()),
	)
}

// helperSamples returns samples of whatspietest and pairweb, after a request for a code.
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
		samplesOf[whatspietest.CreateResponse](t, whatspietest.CreateResponseNoData),
		samplesOf[whatspietest.Fault](t, fault),
		samplesOf[whatspietest.Option](t, whatspietest.WithToken(wiretest.Token)),
		samplesOf[whatspietest.Request](t, srv.Requests()[0]),
		samplesOf[whatspietest.Server](t, srv),
		samplesOf[pairweb.Handler](t, handler),
		samplesOf[pairweb.Notice](t, pairweb.Notice{}),
		samplesOf[pairweb.Texts](t, pairweb.Texts{}),
		samplesOf[pairweb.Option](t, pairweb.WithLogger(slog.Default()), pairweb.WithPairOptions(whatspie.WithMaxQRCodes(1))),
	}
}

func toAny[T any](values []T) []any {
	all := make([]any, len(values))
	for i, value := range values {
		all[i] = value
	}
	return all
}

func TestSecretSamples_coverEveryExportedType(t *testing.T) {
	t.Parallel()
	declared := slices.Concat(exportedTypes(t, "."), exportedTypes(t, "whatspietest"), exportedTypes(t, "pairweb"))
	all := secretSamples(t)
	sampled := make([]string, 0, len(all))
	for _, s := range all {
		sampled = append(sampled, s.typ.String())
		assert.NotEmpty(t, s.values, s.typ)
	}
	assert.ElementsMatch(t, declared, sampled)
}
