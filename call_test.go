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

func TestWithResponse_success(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		body := wiretest.Fixture(t, "get_device_200.json")
		header := http.Header{"Cf-Ray": {"ray-1"}, "X-Other": {"x"}}
		s := wiretest.NewScript(wiretest.Reply{Status: 503, Header: http.Header{"Retry-After": {"5"}}}, wiretest.Reply{Status: 200, Header: header, Body: body})
		response := whatspie.Response{StatusCode: 1, RequestID: "of an earlier call"}
		_, err := s.Client(t).Devices.Get(t.Context(), 7, whatspie.WithResponse(&response))
		require.NoError(t, err)
		assert.InDelta(t, 6, response.Duration.Seconds(), 1, "waits included")
		response.Duration = 0
		assert.Equal(t, whatspie.Response{StatusCode: 200, Header: header, Body: []byte(body), Attempts: 2, RequestID: "ray-1"}, response)
	})
}

func TestWithResponse_failure(t *testing.T) {
	t.Parallel()
	body := strings.Repeat("x", 10<<10)
	for name, test := range map[string]struct {
		answer wiretest.Reply
		want   whatspie.Response
	}{
		"refused": {
			wiretest.Reply{Status: 404, Header: http.Header{"X-Request-Id": {"r-1"}}, Body: body},
			whatspie.Response{StatusCode: 404, Header: http.Header{"X-Request-Id": {"r-1"}}, Body: []byte(body), Attempts: 1, RequestID: "r-1"},
		},
		"no answer": {wiretest.Fail(http.ErrHandlerTimeout), whatspie.Response{Attempts: 4}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var response whatspie.Response
			_, err := wiretest.NewScript(test.answer).Client(t, wiretest.NoWaits).Devices.Get(t.Context(), 7, whatspie.WithResponse(&response))
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
		"ID": func(opts ...whatspie.CallOption) error {
			_, err := client.Devices.Get(t.Context(), 0, opts...)
			return err
		},
		"request": func(opts ...whatspie.CallOption) error {
			_, err := client.Devices.Create(t.Context(), whatspie.CreateDeviceRequest{}, opts...)
			return err
		},
		"request, confirmed": func(opts ...whatspie.CallOption) error {
			_, err := client.Devices.CreateConfirmed(t.Context(), whatspie.CreateDeviceRequest{}, opts...)
			return err
		},
		"path": func(opts ...whatspie.CallOption) error {
			return client.Call(t.Context(), "GET", "x", nil, nil, opts...)
		},
		"method": func(opts ...whatspie.CallOption) error { return client.Call(t.Context(), "", "/x", nil, nil, opts...) },
		"result": func(opts ...whatspie.CallOption) error { return client.Call(t.Context(), "GET", "/x", nil, 7, opts...) },
		"body": func(opts ...whatspie.CallOption) error {
			return client.Call(t.Context(), "GET", "/x", t.Log, nil, opts...)
		},
		"option": func(opts ...whatspie.CallOption) error {
			return client.Call(t.Context(), "GET", "/x", nil, nil, append([]whatspie.CallOption{nil, whatspie.WithHeader("", "")}, opts...)...)
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
			seen := map[string]string{}
			note := func(name string) func(context.Context) {
				return func(ctx context.Context) { seen[name] = whatspie.Operation(ctx) }
			}
			source, limiter, way := note("token source"), note("limiter"), note("transport")
			s := wiretest.NewScript(wiretest.Redirect(http.StatusFound, "/elsewhere/9"), wiretest.OK("{}"))
			client := wiretest.NewClient(t, whatspie.WithBaseURL("https://api.example.com/base/5"),
				whatspie.WithTokenSource(func(ctx context.Context) (string, error) { source(ctx); return wiretest.Token, nil }),
				whatspie.WithLimiter(wiretest.LimiterFunc(func(ctx context.Context) error { limiter(ctx); return nil })),
				wiretest.WithTransport(wiretest.RoundTripFunc(func(r *http.Request) (*http.Response, error) { way(r.Context()); return s.RoundTrip(r) })))
			require.NoError(t, client.Call(t.Context(), http.MethodGet, path, nil, nil))
			assert.Equal(t, map[string]string{"token source": want, "limiter": want, "transport": want}, seen)
			assert.Empty(t, whatspie.Operation(t.Context()))
		})
	}
}

func TestCall_headNeedsNoBody(t *testing.T) {
	t.Parallel()
	s := wiretest.NewScript(wiretest.Reply{Status: 200})
	require.NoError(t, s.Client(t).Call(t.Context(), http.MethodHead, "/devices", nil, nil))
	err := wiretest.NewScript(wiretest.Reply{Status: 404}).Client(t).Call(t.Context(), http.MethodHead, "/devices", nil, nil)
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
		"no method":             {"", nil, nil, `method "" is not an HTTP method`},
		"lower-case method":     {"get", nil, nil, `method "get" is not an HTTP method`},
		"method with a break":   {"GET\r\n", nil, nil, `is not an HTTP method`},
		"not JSON":              {"POST", math.NaN(), nil, "the body cannot be encoded"},
		"a channel":             {"POST", make(chan int), nil, "the body cannot be encoded"},
		"broken raw JSON":       {"POST", json.RawMessage("{"), nil, "the body cannot be encoded"},
		"nil option":            {"GET", nil, []whatspie.CallOption{nil}, "a call option is nil"},
		"nil response":          {"GET", nil, []whatspie.CallOption{whatspie.WithResponse(nil)}, "WithResponse: the response is nil"},
		"no header name":        {"GET", nil, headers("", "x"), `header "" cannot be set`},
		"Authorization":         {"GET", nil, headers("authorization", "x"), `header "Authorization" cannot be set`},
		"Host":                  {"GET", nil, headers("HOST", "x"), `header "Host" cannot be set`},
		"Accept":                {"GET", nil, headers("accept", "x"), `header "Accept" cannot be set`},
		"Accept-Encoding":       {"GET", nil, headers("accept-encoding", "gzip"), `header "Accept-Encoding" cannot be set`},
		"User-Agent":            {"GET", nil, headers("user-agent", "x"), `header "User-Agent" cannot be set`},
		"Content-Type":          {"GET", nil, headers("content-type", "x"), `header "Content-Type" cannot be set`},
		"Content-Length":        {"GET", nil, headers("content-length", "1"), `header "Content-Length" cannot be set`},
		"Transfer-Encoding":     {"GET", nil, headers("transfer-encoding", "x"), `header "Transfer-Encoding" cannot be set`},
		"Connection":            {"GET", nil, headers("connection", "x"), `header "Connection" cannot be set`},
		"Idempotency-Key":       {"POST", nil, headers("idempotency-key", "x"), `header "Idempotency-Key" cannot be set`},
		"Upgrade":               {"POST", nil, headers("upgrade", "x"), `header "Upgrade" cannot be set`},
		"Te":                    {"POST", nil, headers("te", "x"), `header "Te" cannot be set`},
		"Content-Encoding":      {"POST", nil, headers("content-encoding", "gzip"), `header "Content-Encoding" cannot be set`},
		"Proxy-Authorization":   {"POST", nil, headers("proxy-authorization", "x"), `header "Proxy-Authorization" cannot be set`},
		"X-Idempotency-Key":     {"POST", nil, headers("x-idempotency-key", "x"), `header "X-Idempotency-Key" cannot be set`},
		"header with a space":   {"GET", nil, headers("Authorization ", "x"), "cannot be sent"},
		"header with a colon":   {"GET", nil, headers("X:Y", "x"), "cannot be sent"},
		"header with a break":   {"GET", nil, headers("X\r\nY", "x"), "cannot be sent"},
		"header with a bracket": {"POST", nil, headers("X(Y)", "x"), "cannot be sent"},
		"header with an @":      {"POST", nil, headers("X-@", "x"), "cannot be sent"},
		"header not ASCII":      {"POST", nil, headers("X-Ümlaut", "x"), "cannot be sent"},
		"value with a break":    {"GET", nil, headers("X-Y", "x\r\nZ: s3cr3t"), "cannot be sent"},
		"value with NUL":        {"GET", nil, headers("X-Y", "\x00"), "cannot be sent"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := wiretest.NewScript(wiretest.OK("{}"))
			err := s.Client(t).Call(t.Context(), test.method, "/devices", test.in, nil, test.opts...)
			wiretest.AssertSentinels(t, err, whatspie.ErrInvalidRequest)
			require.ErrorContains(t, err, test.want)
			assert.Empty(t, s.Requests())
			assert.NotContains(t, err.Error(), "s3cr3t")
			assert.NotContains(t, err.Error(), "\n")
		})
	}
}

func headers(key, value string) []whatspie.CallOption {
	return []whatspie.CallOption{whatspie.WithHeader(key, value)}
}

func TestCall_rejectsNilContext(t *testing.T) {
	t.Parallel()
	s := wiretest.NewScript(wiretest.OK("{}"))
	var none context.Context
	for name, call := range wiretest.Calls(s.Client(t)) {
		wiretest.AssertSentinels(t, call(none), whatspie.ErrInvalidRequest)
		assert.Empty(t, s.Requests(), name)
	}
}

func TestCall_sendsBody(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		in          any
		body, media string
	}{
		"struct":   {struct{ A string }{"<&>"}, `{"A":"<&>"}`, "application/json"},
		"raw JSON": {json.RawMessage(`{"a": 1}`), `{"a":1}`, "application/json"},
		"null":     {(*int)(nil), "null", "application/json"},
		"none":     {nil, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := wiretest.NewScript(wiretest.Reply{Status: 429}, wiretest.OK("{}"))
			require.NoError(t, s.Client(t, wiretest.NoWaits).Call(t.Context(), http.MethodPost, "/things", test.in, nil))
			require.Len(t, s.Requests(), 2)
			for _, request := range s.Requests() {
				assert.Equal(t, test.body, request.Body, "every attempt sends it whole")
				assert.Equal(t, test.media, request.Header.Get("Content-Type"))
			}
		})
	}
}
