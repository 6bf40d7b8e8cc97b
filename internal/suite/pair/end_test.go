package pair_test

import (
	"cmp"
	"context"
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

func TestPairEndsWithOneTypedError(t *testing.T) {
	t.Parallel()
	const id = 1
	tests := map[string]struct {
		arrange func(*whatspietest.Server)
		id      int64
		want    []error
		events  int
		within  time.Duration
	}{
		"unknown device": {
			arrange: func(*whatspietest.Server) {},
			id:      999,
			want:    []error{whatspie.ErrDeviceNotFound, whatspie.ErrNotFound},
		},
		"someone else's device": {
			arrange: func(srv *whatspietest.Server) {
				srv.Inject(whatspietest.Fault{Path: "/devices/1/qr", Status: 403, Body: `{"code":403,"message":"Forbidden"}`})
			},
			want: []error{whatspie.ErrForbidden},
		},
		"wrong token": {
			arrange: func(srv *whatspietest.Server) {
				srv.Inject(whatspietest.Fault{Status: 401, Body: `{"code":401,"message":"Unauthorized"}`})
			},
			want: []error{whatspie.ErrUnauthorized},
		},
		"token revoked while a code is shown": {
			arrange: func(srv *whatspietest.Server) {
				time.AfterFunc(5100*time.Millisecond, func() {
					srv.Inject(whatspietest.Fault{Times: -1, Status: 401, Body: `{"code":401,"message":"Unauthorized"}`})
				})
			},
			want:   []error{whatspie.ErrUnauthorized},
			events: 1,
			within: 6 * time.Second,
		},
		"suspended while a code is shown": {
			arrange: func(srv *whatspietest.Server) { time.AfterFunc(5100*time.Millisecond, func() { srv.Suspend(id) }) },
			want:    []error{whatspie.ErrDeviceSuspended},
			events:  1,
			within:  6 * time.Second,
		},
		"removed while a code is shown": {
			arrange: func(srv *whatspietest.Server) { time.AfterFunc(5100*time.Millisecond, func() { srv.RemoveDevice(id) }) },
			want:    []error{whatspie.ErrDeviceNotFound},
			events:  1,
			within:  6 * time.Second,
		},
		"invalid ID": {
			arrange: func(*whatspietest.Server) {},
			id:      -1,
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
				if test.id == 0 {
					test.id = id
				}
				start := time.Now()

				_, events, err := wiretest.Pair(t.Context(), srv.Client(), test.id)

				for _, want := range test.want {
					require.ErrorIs(t, err, want)
				}
				var failed *whatspie.APIError
				require.ErrorAs(t, err, &failed)
				assert.Equal(t, http.MethodGet, failed.Method)
				assert.Contains(t, failed.Path, "/devices/")
				assert.Len(t, events, test.events)
				assert.Equal(t, test.within, time.Since(start))
			})
		})
	}
}

func TestPairOfASuspendedDeviceEnds(t *testing.T) {
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

// Both the context's error and the persistent failure are in the chain.
func TestLoopsThatEndInAnOutageTellOfIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		id := srv.AddDevice(whatspie.Device{})
		srv.Inject(whatspietest.Fault{Times: -1, Status: 502, Body: "<html>bad gateway</html>"})
		assertBoth := func(err error) {
			require.ErrorIs(t, err, context.DeadlineExceeded)
			wiretest.AssertSentinels(t, err, whatspie.ErrServer)
			assert.Equal(t, 502, wiretest.APIError(t, err).StatusCode)
			require.ErrorContains(t, err, "context deadline exceeded; last failure: 502 Bad Gateway")
		}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Second)
		defer cancel()
		var first error
		for event, err := range srv.Client().Devices.Pair(ctx, id) {
			if err != nil {
				assertBoth(err)
				require.NotErrorIs(t, first, context.DeadlineExceeded, "an event keeps its own")
			}
			first = cmp.Or(first, event.Err)
		}
		ctx, cancelWatch := context.WithTimeout(t.Context(), 100*time.Second)
		defer cancelWatch()
		for _, err := range srv.Client().Devices.Watch(ctx) {
			if err != nil {
				assertBoth(err)
			}
		}
	})
}

// A failure that has passed is not in the chain.
func TestLoopsThatOutlastAnOutageForgetIt(t *testing.T) {
	t.Parallel()
	for name, loop := range map[string]func(context.Context, *whatspie.Client) error{
		"/devices": func(ctx context.Context, client *whatspie.Client) (last error) {
			for _, err := range client.Devices.Watch(ctx) {
				last = err
			}
			return last
		},
		"/devices/1": func(ctx context.Context, client *whatspie.Client) error {
			_, _, err := wiretest.Pair(ctx, client, 1)
			return err
		},
		"/devices/1/qr": func(ctx context.Context, client *whatspie.Client) error {
			_, _, err := wiretest.Pair(ctx, client, 1)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := whatspietest.NewServer(whatspietest.WithoutSocket())
				srv.AddDevice(whatspie.Device{})
				srv.Inject(whatspietest.Fault{Path: name, Times: 5, Status: 502, Body: "<html>"})
				ctx, cancel := context.WithTimeout(t.Context(), 97*time.Second) // no poll is due at this time
				defer cancel()
				err := loop(ctx, srv.Client())
				require.ErrorIs(t, err, context.DeadlineExceeded)
				wiretest.AssertSentinels(t, err)
				assert.Regexp(t, `^whatspie: GET /devices(/1/qr)?: context deadline exceeded$`, err.Error())
			})
		})
	}
}

func TestPairGoesOnThroughAnOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		id := srv.AddDevice(whatspie.Device{})
		time.AfterFunc(time.Second, func() { srv.Inject(whatspietest.Fault{Times: -1, Status: 502, Body: "<html>bad gateway</html>"}) })
		time.AfterFunc(10*time.Minute, func() { srv.ClearFaults(); srv.Scan(id) })

		_, events, err := wiretest.Pair(t.Context(), srv.Client(), id)

		require.NoError(t, err)
		retries := 0
		for _, event := range events {
			if event.Kind == whatspie.PairRetry {
				retries++
				require.ErrorIs(t, event.Err, whatspie.ErrServer)
			}
		}
		assert.Greater(t, retries, 10, "each failing poll is told of")
		assert.Equal(t, whatspie.PairPaired, events[len(events)-1].Kind)
	})
}
