package whatspie_test

import (
	"context"
	"encoding/json"
	"math"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func TestWithHeader_rejectsInvalidHeader(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ key, value, want string }{
		"empty name":            {"", "x", `WithHeader: "" cannot be set`},
		"Authorization":         {"authorization", "x", `WithHeader: "Authorization" cannot be set`},
		"Host":                  {"HOST", "x", `WithHeader: "Host" cannot be set`},
		"Accept":                {"accept", "x", `WithHeader: "Accept" cannot be set`},
		"Accept-Encoding":       {"accept-encoding", "gzip", `WithHeader: "Accept-Encoding" cannot be set`},
		"User-Agent":            {"user-agent", "x", `WithHeader: "User-Agent" cannot be set`},
		"Content-Type":          {"content-type", "x", `WithHeader: "Content-Type" cannot be set`},
		"Content-Length":        {"content-length", "1", `WithHeader: "Content-Length" cannot be set`},
		"Transfer-Encoding":     {"transfer-encoding", "x", `WithHeader: "Transfer-Encoding" cannot be set`},
		"Connection":            {"connection", "x", `WithHeader: "Connection" cannot be set`},
		"Idempotency-Key":       {"idempotency-key", "x", `WithHeader: "Idempotency-Key" cannot be set`},
		"Upgrade":               {"upgrade", "x", `WithHeader: "Upgrade" cannot be set`},
		"Te":                    {"te", "x", `WithHeader: "Te" cannot be set`},
		"Content-Encoding":      {"content-encoding", "gzip", `WithHeader: "Content-Encoding" cannot be set`},
		"Proxy-Authorization":   {"proxy-authorization", "x", `WithHeader: "Proxy-Authorization" cannot be set`},
		"X-Idempotency-Key":     {"x-idempotency-key", "x", `WithHeader: "X-Idempotency-Key" cannot be set`},
		"name with space":       {"Authorization ", "x", "cannot be sent"},
		"name with colon":       {"X:Y", "x", "cannot be sent"},
		"name with line break":  {"X\r\nY", "x", "cannot be sent"},
		"name with bracket":     {"X(Y)", "x", "cannot be sent"},
		"name with @":           {"X-@", "x", "cannot be sent"},
		"name not ASCII":        {"X-Ümlaut", "x", "cannot be sent"},
		"value with line break": {"X-Y", "x\r\nZ: s3cr3t", "cannot be sent"},
		"value with NUL":        {"X-Y", "\x00", "cannot be sent"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assertRejected(t, test.want, http.MethodPost, nil, whatspie.WithHeader(test.key, test.value))
		})
	}
}

// assertRejected makes a call and checks that its arguments are rejected before anything is sent.
func assertRejected(t *testing.T, want, method string, in any, opts ...whatspie.CallOption) {
	t.Helper()
	s := wiretest.NewScript(wiretest.OK("{}"))
	err := s.Client(t).Call(t.Context(), method, "/devices", in, nil, opts...)
	wiretest.AssertSentinels(t, err, whatspie.ErrInvalidRequest)
	require.ErrorContains(t, err, want)
	assert.Empty(t, s.Requests())
	assert.NotContains(t, err.Error(), "s3cr3t")
	assert.NotContains(t, err.Error(), "\n")
}

func TestWithResponse_success(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		body := wiretest.Fixture(t, "get_device_200.json")
		header := http.Header{"Cf-Ray": {"ray-1"}, "X-Other": {"x"}}
		s := wiretest.NewScript(
			wiretest.Reply{Status: 503, Header: http.Header{"Retry-After": {"5"}}},
			wiretest.Reply{Status: 200, Header: header, Body: body},
		)
		response := whatspie.Response{StatusCode: 1, RequestID: "from an earlier call"}
		_, err := s.Client(t).Devices.Get(t.Context(), 7, whatspie.WithResponse(&response))
		require.NoError(t, err)
		assert.InDelta(t, 6, response.Duration.Seconds(), 1, "includes waits")
		response.Duration = 0
		want := whatspie.Response{StatusCode: 200, Header: header, Body: []byte(body), Attempts: 2, RequestID: "ray-1"}
		assert.Equal(t, want, response)
	})
}

func TestWithResponse_failure(t *testing.T) {
	t.Parallel()
	body := strings.Repeat("x", 10<<10)
	header := http.Header{"X-Request-Id": {"r-1"}}
	for name, test := range map[string]struct {
		reply wiretest.Reply
		want  whatspie.Response
	}{
		"404": {
			wiretest.Reply{Status: 404, Header: header, Body: body},
			whatspie.Response{StatusCode: 404, Header: header, Body: []byte(body), Attempts: 1, RequestID: "r-1"},
		},
		"no response": {wiretest.Fail(http.ErrHandlerTimeout), whatspie.Response{Attempts: 4}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var response whatspie.Response
			client := wiretest.NewScript(test.reply).Client(t, wiretest.NoWaits)
			_, err := client.Devices.Get(t.Context(), 7, whatspie.WithResponse(&response))
			require.Error(t, err)
			response.Duration = 0
			assert.Equal(t, test.want, response)
		})
	}
}

func TestWithResponse_emptyAfterInvalidRequest(t *testing.T) {
	t.Parallel()
	client := wiretest.NewScript(wiretest.OK(wiretest.Fixture(t, "get_device_200.json"))).Client(t)
	for name, call := range map[string]func(...whatspie.CallOption) error{
		"device ID": func(opts ...whatspie.CallOption) error {
			_, err := client.Devices.Get(t.Context(), 0, opts...)
			return err
		},
		"request of Create": func(opts ...whatspie.CallOption) error {
			_, err := client.Devices.Create(t.Context(), whatspie.CreateDeviceRequest{}, opts...)
			return err
		},
		"request of CreateConfirmed": func(opts ...whatspie.CallOption) error {
			_, err := client.Devices.CreateConfirmed(t.Context(), whatspie.CreateDeviceRequest{}, opts...)
			return err
		},
		"path": func(opts ...whatspie.CallOption) error {
			return client.Call(t.Context(), "GET", "x", nil, nil, opts...)
		},
		"method": func(opts ...whatspie.CallOption) error {
			return client.Call(t.Context(), "", "/x", nil, nil, opts...)
		},
		"result": func(opts ...whatspie.CallOption) error {
			return client.Call(t.Context(), "GET", "/x", nil, 7, opts...)
		},
		"body": func(opts ...whatspie.CallOption) error {
			return client.Call(t.Context(), "GET", "/x", t.Log, nil, opts...)
		},
		"another option": func(opts ...whatspie.CallOption) error {
			opts = append([]whatspie.CallOption{nil, whatspie.WithHeader("", "")}, opts...)
			return client.Call(t.Context(), "GET", "/x", nil, nil, opts...)
		},
	} {
		var response whatspie.Response
		_, err := client.Devices.Get(t.Context(), 7, whatspie.WithResponse(&response))
		require.NoError(t, err)
		assert.Equal(t, 200, response.StatusCode)
		wiretest.AssertSentinels(t, call(whatspie.WithResponse(&response)), whatspie.ErrInvalidRequest)
		assert.Equal(t, whatspie.Response{}, response, name)
	}
}

func TestOperation(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/devices":                        "GET /devices",
		"/devices/7":                      "GET /devices/{id}",
		"/devices/7/qr?response_type=url": "GET /devices/{id}/qr",
		"/devices/62895383079050/restart": "GET /devices/{id}/restart",
		"/a/1/b/02?3":                     "GET /a/{id}/b/{id}",
		"/v1/devices/7a/a7":               "GET /v1/devices/7a/a7",
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			operations := map[string]string{}
			record := func(ctx context.Context, from string) { operations[from] = whatspie.Operation(ctx) }
			s := wiretest.NewScript(wiretest.Redirect(http.StatusFound, "/moved/9"), wiretest.OK("{}"))
			client := wiretest.NewClient(t, whatspie.WithBaseURL("https://api.example.com/base/5"),
				whatspie.WithTokenSource(func(ctx context.Context) (string, error) {
					record(ctx, "token source")
					return wiretest.Token, nil
				}),
				whatspie.WithLimiter(wiretest.LimiterFunc(func(ctx context.Context) error {
					record(ctx, "limiter")
					return nil
				})),
				wiretest.WithTransport(wiretest.RoundTripFunc(func(r *http.Request) (*http.Response, error) {
					record(r.Context(), "transport")
					return s.RoundTrip(r)
				})))
			require.NoError(t, client.Call(t.Context(), http.MethodGet, path, nil, nil))
			assert.Equal(t, map[string]string{"token source": want, "limiter": want, "transport": want}, operations)
			assert.Empty(t, whatspie.Operation(t.Context()))
		})
	}
}

func TestCall_headNeedsNoBody(t *testing.T) {
	t.Parallel()
	s := wiretest.NewScript(wiretest.Reply{Status: 200})
	require.NoError(t, s.Client(t).Call(t.Context(), http.MethodHead, "/devices", nil, nil))
	s = wiretest.NewScript(wiretest.Reply{Status: 404})
	err := s.Client(t).Call(t.Context(), http.MethodHead, "/devices", nil, nil)
	wiretest.AssertSentinels(t, err, whatspie.ErrNotFound)
}

func TestCall_sendsHeaders(t *testing.T) {
	t.Parallel()
	s := wiretest.NewScript(wiretest.OK(wiretest.Fixture(t, "get_device_200.json")))
	client := s.Client(t)
	_, err := client.Devices.Get(t.Context(), 7)
	require.NoError(t, err)
	_, err = client.Devices.Create(t.Context(), wiretest.NewDevice, whatspie.WithHeader("x-trace-id", "a"),
		whatspie.WithHeader("X-Trace-Id", "b"), whatspie.WithHeader("X-ABCdefghijklmnopqrstuvwxyZ-09", "c"))
	require.NoError(t, err)
	get, create := s.Requests()[0], s.Requests()[1]
	assert.Equal(t, http.Header{
		"Authorization": {"Bearer " + wiretest.Token},
		"Accept":        {"application/json; charset=utf-8"},
		"User-Agent":    {"whatspie-go/" + whatspie.Version},
	}, get.Header)
	assert.Equal(t, "application/json", create.Header.Get("Content-Type"))
	assert.Equal(t, []string{"a", "b"}, create.Header.Values("X-Trace-Id"))
}

func TestCall_rejectsInvalidArguments(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		method string
		in     any
		opts   []whatspie.CallOption
		want   string
	}{
		"empty method":             {method: "", want: `method "" is not an HTTP method`},
		"lower-case method":        {method: "get", want: `method "get" is not an HTTP method`},
		"method with line break":   {method: "GET\r\n", want: `is not an HTTP method`},
		"body NaN":                 {method: "POST", in: math.NaN(), want: "the body cannot be encoded"},
		"body of type channel":     {method: "POST", in: make(chan int), want: "the body cannot be encoded"},
		"body of invalid raw JSON": {method: "POST", in: json.RawMessage("{"), want: "the body cannot be encoded"},
		"nil option":               {method: "GET", opts: []whatspie.CallOption{nil}, want: "a call option is nil"},
		"WithResponse(nil)": {
			method: "GET",
			opts:   []whatspie.CallOption{whatspie.WithResponse(nil)},
			want:   "WithResponse: the response is nil",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assertRejected(t, test.want, test.method, test.in, test.opts...)
		})
	}
}

func TestCall_rejectsNilContext(t *testing.T) {
	t.Parallel()
	s := wiretest.NewScript(wiretest.OK("{}"))
	var nilContext context.Context
	for name, call := range wiretest.Calls(s.Client(t)) {
		wiretest.AssertSentinels(t, call(nilContext), whatspie.ErrInvalidRequest)
		assert.Empty(t, s.Requests(), name)
	}
}

func TestCall_sendsBody(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		in                any
		body, contentType string
	}{
		"struct":   {struct{ A string }{"<&>"}, `{"A":"<&>"}`, "application/json"},
		"raw JSON": {json.RawMessage(`{"a": 1}`), `{"a":1}`, "application/json"},
		"null":     {(*int)(nil), "null", "application/json"},
		"no body":  {nil, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := wiretest.NewScript(wiretest.Reply{Status: 429}, wiretest.OK("{}"))
			client := s.Client(t, wiretest.NoWaits)
			require.NoError(t, client.Call(t.Context(), http.MethodPost, "/things", test.in, nil))
			require.Len(t, s.Requests(), 2)
			for _, request := range s.Requests() {
				assert.Equal(t, test.body, request.Body, "every attempt sends the whole body")
				assert.Equal(t, test.contentType, request.Header.Get("Content-Type"))
			}
		})
	}
}
