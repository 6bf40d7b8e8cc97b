package pair_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
	"github.com/whatspie-go/whatspie/whatspietest"
)

func TestPair_endsWithAPIError(t *testing.T) {
	t.Parallel()
	const id = 1
	after := func(do func(*whatspietest.Server)) func(*whatspietest.Server) { // between two polls, while a code is shown
		return func(srv *whatspietest.Server) { time.AfterFunc(5100*time.Millisecond, func() { do(srv) }) }
	}
	unauthorized := whatspietest.Fault{Status: 401, Body: `{"code":401,"message":"Unauthorized"}`}
	revoked := unauthorized
	revoked.Times = -1
	forbidden := whatspietest.Fault{Path: "/devices/1/qr", Status: 403, Body: `{"code":403,"message":"Forbidden"}`}
	tests := map[string]struct {
		id      int64
		arrange func(*whatspietest.Server)
		want    []error
		events  int
		took    time.Duration
	}{
		"unknown device": {
			id:      999,
			arrange: func(*whatspietest.Server) {},
			want:    []error{whatspie.ErrDeviceNotFound, whatspie.ErrNotFound},
		},
		"another account's device": {
			id:      id,
			arrange: func(srv *whatspietest.Server) { srv.Inject(forbidden) },
			want:    []error{whatspie.ErrForbidden},
		},
		"invalid token": {
			id:      id,
			arrange: func(srv *whatspietest.Server) { srv.Inject(unauthorized) },
			want:    []error{whatspie.ErrUnauthorized},
		},
		"token revoked while a code is shown": {
			id:      id,
			arrange: after(func(srv *whatspietest.Server) { srv.Inject(revoked) }),
			want:    []error{whatspie.ErrUnauthorized},
			events:  1,
			took:    6 * time.Second,
		},
		"suspended while a code is shown": {
			id:      id,
			arrange: after(func(srv *whatspietest.Server) { srv.Suspend(id) }),
			want:    []error{whatspie.ErrDeviceSuspended},
			events:  1,
			took:    6 * time.Second,
		},
		"removed while a code is shown": {
			id:      id,
			arrange: after(func(srv *whatspietest.Server) { srv.RemoveDevice(id) }),
			want:    []error{whatspie.ErrDeviceNotFound},
			events:  1,
			took:    6 * time.Second,
		},
		"invalid ID": {
			id:      -1,
			arrange: func(*whatspietest.Server) {},
			want:    []error{whatspie.ErrInvalidRequest},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := whatspietest.NewServer(whatspietest.WithoutSocket())
				srv.AddDevice(whatspie.Device{ID: id})
				test.arrange(srv)
				start := time.Now()

				_, events, err := wiretest.Pair(t.Context(), srv.Client(), test.id)

				for _, want := range test.want {
					require.ErrorIs(t, err, want)
				}
				failed := wiretest.APIError(t, err)
				assert.Equal(t, http.MethodGet, failed.Method)
				assert.Contains(t, failed.Path, "/devices/")
				assert.Len(t, events, test.events)
				assert.Equal(t, test.took, time.Since(start))
			})
		})
	}
}

func TestPair_endsIfDeviceIsSuspended(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		id := srv.AddDevice(whatspie.Device{PairedStatus: whatspie.PairedStatusSuspended})

		_, events, err := wiretest.Pair(t.Context(), srv.Client(), id)

		require.ErrorIs(t, err, whatspie.ErrDeviceSuspended)
		for _, event := range events {
			assert.Equal(t, whatspie.PairRetry, event.Kind, "there is no code to show")
			require.ErrorIs(t, event.Err, whatspie.ErrQRGeneration)
		}
	})
}

// Once a phone has scanned, Pair ends without waiting for a pending code request.
func TestPair_endsDuringCodeRequest(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]whatspietest.Fault{
		"no response":               {Delay: time.Hour},
		"503 with long Retry-After": {Status: 503, Header: http.Header{"Retry-After": {"55"}}},
		"429 with Retry-After":      {Status: 429, Header: http.Header{"Retry-After": {"10"}}},
		"slow 500":                  {Status: 500, Delay: 25 * time.Second},
	} {
		fault.Path, fault.Times = "/devices/1/qr", -1
		for change, test := range map[string]struct {
			change func(*whatspietest.Server, int64) bool
			want   error
		}{
			"scanned":   {change: (*whatspietest.Server).Scan},
			"suspended": {change: (*whatspietest.Server).Suspend, want: whatspie.ErrDeviceSuspended},
			"removed":   {change: (*whatspietest.Server).RemoveDevice, want: whatspie.ErrDeviceNotFound},
		} {
			t.Run(name+", "+change, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					srv := whatspietest.NewServer(whatspietest.WithoutSocket())
					id := srv.AddDevice(whatspie.Device{})
					time.AfterFunc(50*time.Second, func() { srv.Inject(fault) })
					time.AfterFunc(61*time.Second, func() { assert.True(t, test.change(srv, id)) })
					start := time.Now()

					_, _, err := wiretest.Pair(t.Context(), srv.Client(), id)

					require.ErrorIs(t, err, test.want)
					assert.LessOrEqual(t, time.Since(start), 64*time.Second, "the next poll after the change")
				})
			})
		}
	}
}
