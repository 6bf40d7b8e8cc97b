package whatspietest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

const emptyList = `{"status":200,"message":"OK","data":[]}`

var errCause = errors.New("cause of the test")

func TestFault_response(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		fault whatspietest.Fault
		want  result
	}{
		{
			"zero fault",
			whatspietest.Fault{},
			result{200, http.Header{"Content-Type": {"application/json"}}, emptyList},
		},
		{
			"header only",
			whatspietest.Fault{Header: http.Header{"x-request-id": {"7"}, "content-length": {"99"}}},
			result{200, http.Header{"Content-Type": {"application/json"}, "X-Request-Id": {"7"}}, emptyList},
		},
		{
			"status and body",
			whatspietest.Fault{Status: 403, Body: fixture(t, "forbidden_403.json")},
			result{403, http.Header{"Content-Type": {"application/json"}}, fixture(t, "forbidden_403.json")},
		},
		{
			"body only",
			whatspietest.Fault{Body: "<html><body>Hi"},
			result{200, http.Header{"Content-Type": {"text/html; charset=utf-8"}}, "<html><body>Hi"},
		},
		{
			"status only",
			whatspietest.Fault{Status: 503, Header: http.Header{"Retry-After": {"3"}}},
			result{503, http.Header{"Retry-After": {"3"}}, ""},
		},
		{
			"custom content type",
			whatspietest.Fault{Body: "\x89PNG", Header: http.Header{"content-type": {"image/png"}}},
			result{200, http.Header{"Content-Type": {"image/png"}}, "\x89PNG"},
		},
		{"204 without content", whatspietest.Fault{Status: 204, Body: "ignored"}, result{204, nil, ""}},
		{"304 without content", whatspietest.Fault{Status: 304, Truncate: 3}, result{304, nil, ""}},
		{"unknown status", whatspietest.Fault{Status: 799}, result{799, nil, ""}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for mode, start := range modes() {
				t.Run(mode, func(t *testing.T) {
					t.Parallel()
					srv := start(t)
					srv.Inject(test.fault)
					got := srv.send(t, http.MethodGet, "/devices", "")
					assert.Equal(t, test.want.status, got.status)
					assert.Equal(t, test.want.body, got.body)
					for name, values := range test.want.header {
						assert.Equal(t, values, got.header[name], name)
					}
					assert.NotEmpty(t, got.header.Get("Date"))
					again := srv.send(t, http.MethodGet, "/devices", "")
					assert.JSONEq(t, emptyList, again.body, "a fault without Times is used up")
				})
			}
		})
	}
}

func TestFault_matching(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		fault whatspietest.Fault
		want  []int // for GET /devices, GET /devices/1, GET /devices/1/qr, POST /devices
	}{
		{"any request", whatspietest.Fault{Times: 9}, []int{418, 418, 418, 418}},
		{"method", whatspietest.Fault{Times: 9, Method: "POST"}, []int{200, 200, 200, 418}},
		{"exact path", whatspietest.Fault{Times: 9, Path: "/devices/1/qr"}, []int{200, 200, 418, 200}},
		{"path pattern", whatspietest.Fault{Times: 9, Path: "/devices/*"}, []int{200, 418, 200, 200}},
		{"method and path", whatspietest.Fault{Times: 9, Method: "GET", Path: "/devices"}, []int{418, 200, 200, 200}},
		{"one time", whatspietest.Fault{}, []int{418, 200, 200, 200}},
		{"two times", whatspietest.Fault{Times: 2}, []int{418, 418, 200, 200}},
		{"all requests", whatspietest.Fault{Times: -5}, []int{418, 418, 418, 418}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			srv := withoutSocket(t)
			srv.AddDevice(whatspie.Device{})
			test.fault.Status = http.StatusTeapot
			srv.Inject(test.fault)
			got := []int{
				srv.send(t, http.MethodGet, "/devices", "").status,
				srv.send(t, http.MethodGet, "/devices/1", "").status,
				srv.send(t, http.MethodGet, "/devices/1"+qrQuery, "").status,
				srv.send(t, http.MethodPost, "/devices", newDevice).status,
			}
			assert.Equal(t, test.want, got)
			srv.ClearFaults()
			assert.Equal(t, http.StatusOK, srv.send(t, http.MethodGet, "/devices", "").status)
		})
	}
}

func TestFault_appliesInOrderOfInjection(t *testing.T) {
	t.Parallel()
	srv := withoutSocket(t)
	for _, f := range []whatspietest.Fault{
		{Status: 500, Times: 2}, {Status: 501, Method: "POST"}, {Status: 502}, {Status: 503, Times: -1},
	} {
		srv.Inject(f)
	}
	got := make([]int, 0, 5)
	for range 5 {
		got = append(got, srv.send(t, http.MethodGet, "/devices", "").status)
	}
	assert.Equal(t, []int{500, 500, 502, 503, 503}, got)
	assert.Equal(t, 501, srv.send(t, http.MethodPost, "/devices", newDevice).status)
}

func TestInject_copiesHeader(t *testing.T) {
	t.Parallel()
	srv := withoutSocket(t)
	given := http.Header{"X-Tries": {"1"}}
	srv.Inject(whatspietest.Fault{Times: 2, Header: given})
	given.Set("X-Tries", "2")
	got := srv.send(t, http.MethodGet, "/devices", "")
	got.header["X-Tries"][0] = "3"
	assert.Equal(t, "1", srv.send(t, http.MethodGet, "/devices", "").header.Get("X-Tries"))
}

func TestFault_cutsConnection(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		fault   whatspietest.Fault
		created bool
	}{
		{"drop", whatspietest.Fault{Drop: true, Status: 200}, false},
		{"refuse", whatspietest.Fault{Refuse: true}, false},
		{"lose", whatspietest.Fault{Lose: true}, true},
		{"drop and lose", whatspietest.Fault{Drop: true, Lose: true}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for mode, start := range modes() {
				t.Run(mode, func(t *testing.T) {
					t.Parallel()
					srv := start(t)
					srv.Inject(test.fault)
					_, err := srv.try(srv.request(t, http.MethodPost, "/devices", newDevice))
					require.Error(t, err)
					assert.Equal(t, !test.fault.Refuse || mode == "socket", errors.Is(err, io.EOF))
					_, created := srv.Device(1)
					assert.Equal(t, test.created, created)
				})
			}
		})
	}
}

func TestFault_cutRequestIsNotRepeated(t *testing.T) {
	t.Parallel()
	for mode, start := range modes() {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			srv := start(t)
			srv.send(t, http.MethodGet, "/devices", "")
			srv.Inject(whatspietest.Fault{Drop: true})
			_, err := srv.try(srv.request(t, http.MethodGet, "/devices", ""))
			require.ErrorIs(t, err, io.EOF)
			assert.Len(t, srv.Requests(), 2)
		})
	}
}

func TestFault_loseWithStatus(t *testing.T) {
	t.Parallel()
	for mode, start := range modes() {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			srv := start(t)
			srv.Inject(whatspietest.Fault{Lose: true, Status: http.StatusBadGateway})
			assert.Equal(t, http.StatusBadGateway, srv.send(t, http.MethodPost, "/devices", newDevice).status)
			_, created := srv.Device(1)
			assert.True(t, created)
			_, again := srv.Device(2)
			assert.False(t, again, "the request is performed once")
		})
	}
}

func TestFault_truncate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		fault whatspietest.Fault
		want  string
	}{
		{"some bytes", whatspietest.Fault{Truncate: 10}, emptyList[:10]},
		{"no bytes", whatspietest.Fault{Truncate: -1}, ""},
		{"more than the body", whatspietest.Fault{Truncate: 1000}, emptyList},
		{"body of the fault", whatspietest.Fault{Truncate: 2, Status: 500, Body: "oops"}, "oo"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for mode, start := range modes() {
				t.Run(mode, func(t *testing.T) {
					t.Parallel()
					srv := start(t)
					srv.Inject(test.fault)
					got, err := srv.try(srv.request(t, http.MethodGet, "/devices", ""))
					require.ErrorIs(t, err, io.ErrUnexpectedEOF)
					assert.Equal(t, test.want, got.body)
				})
			}
		})
	}
}

func TestFault_delay(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]whatspietest.Fault{
		"normal response": {Delay: time.Hour},
		"other status":    {Delay: time.Hour, Status: 500},
		"dropped":         {Delay: time.Hour, Drop: true},
		"refused":         {Delay: time.Hour, Refuse: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := withoutSocket(t)
				srv.Inject(fault)
				began := time.Now()
				_, err := srv.try(srv.request(t, http.MethodGet, "/devices", ""))
				assert.Equal(t, fault.Drop || fault.Refuse, err != nil)
				assert.Equal(t, time.Hour, time.Since(began))
			})
		})
	}
}

func TestFault_delayEndsWithContext(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		fault   whatspietest.Fault
		limit   func(context.Context) (context.Context, context.CancelFunc)
		want    error
		created bool
	}{
		{"deadline", whatspietest.Fault{}, timeout(nil), context.DeadlineExceeded, false},
		{"already performed", whatspietest.Fault{Lose: true}, timeout(nil), context.DeadlineExceeded, true},
		{"refused", whatspietest.Fault{Refuse: true}, timeout(nil), context.DeadlineExceeded, false},
		{"context with a cause", whatspietest.Fault{}, timeout(errCause), errCause, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := withoutSocket(t)
				test.fault.Delay = time.Hour
				srv.Inject(test.fault)
				ctx, cancel := test.limit(t.Context())
				defer cancel()
				began := time.Now()
				_, err := srv.try(srv.request(t, http.MethodPost, "/devices", newDevice).WithContext(ctx))
				require.ErrorIs(t, err, test.want)
				assert.Equal(t, time.Minute, time.Since(began))
				_, created := srv.Device(1)
				assert.Equal(t, test.created, created)
			})
		})
	}
}

func timeout(cause error) func(context.Context) (context.Context, context.CancelFunc) {
	return func(ctx context.Context) (context.Context, context.CancelFunc) {
		return context.WithTimeoutCause(ctx, time.Minute, cause)
	}
}
