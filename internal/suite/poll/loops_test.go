package poll_test

import (
	"cmp"
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// loops returns functions that run a loop and return its last error.
func loops(ctx context.Context, client *whatspie.Client, id int64) map[string]func() error {
	return map[string]func() error{
		"Pair": func() (last error) {
			for _, err := range client.Devices.Pair(ctx, id) {
				last = err
			}
			return last
		},
		"Watch": func() (last error) {
			for _, err := range client.Devices.Watch(ctx) {
				last = err
			}
			return last
		},
		"WaitPaired": func() error {
			_, err := client.Devices.WaitPaired(ctx, id)
			return err
		},
	}
}

func TestLoops_sendNothingIfContextHasEnded(t *testing.T) {
	t.Parallel()
	for range 20 { // a loop that polls before it checks its context does not always send a request
		synctest.Test(t, func(t *testing.T) {
			srv := whatspietest.NewServer(whatspietest.WithoutSocket())
			id := srv.AddDevice(whatspie.Device{})
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			for name, run := range loops(ctx, srv.Client(), id) {
				err := run()
				require.ErrorIs(t, err, context.Canceled, name)
				assert.True(t, wiretest.APIError(t, err).Retryable(), name)
			}
			time.Sleep(time.Minute)
			assert.Empty(t, srv.Requests())
		})
	}
}

// Nothing is sent while the consumer handles the last event of a loop, or its error.
func TestLoops_stopPollingBeforeTheyEnd(t *testing.T) {
	t.Parallel()
	pair := func(ctx context.Context, devices *whatspie.DevicesService, handleEnd func(error)) {
		for event, err := range devices.Pair(ctx, 1) {
			if err != nil || event.Kind == whatspie.PairPaired {
				handleEnd(err)
			}
		}
	}
	watch := func(ctx context.Context, devices *whatspie.DevicesService, handleEnd func(error)) {
		for _, err := range devices.Watch(ctx) {
			if err != nil {
				handleEnd(err)
			}
		}
	}
	for name, test := range map[string]struct {
		loop    func(context.Context, *whatspie.DevicesService, func(error))
		arrange func(*whatspietest.Server)
		want    error
	}{
		"Pair, paired":    {loop: pair, arrange: func(srv *whatspietest.Server) { srv.Scan(1) }},
		"Pair, suspended": {pair, func(srv *whatspietest.Server) { srv.Suspend(1) }, whatspie.ErrDeviceSuspended},
		"Watch, unauthorized": {
			loop: watch,
			arrange: func(srv *whatspietest.Server) {
				srv.Inject(whatspietest.Fault{Path: "/devices", Status: 401, Body: `{"code":401,"message":"Unauthorized"}`})
			},
			want: whatspie.ErrUnauthorized,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := whatspietest.NewServer(whatspietest.WithoutSocket())
				srv.AddDevice(whatspie.Device{})
				test.arrange(srv)
				ends := 0
				test.loop(t.Context(), srv.Client().Devices, func(err error) {
					ends++
					require.ErrorIs(t, err, test.want)
					sent := len(srv.Requests())
					time.Sleep(time.Hour)
					assert.Len(t, srv.Requests(), sent)
				})
				assert.Equal(t, 1, ends)
			})
		})
	}
}

// If the context ends during an outage, the error matches both the context's error and the last failure.
func TestLoops_reportLastFailureIfContextEndsInOutage(t *testing.T) {
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
		var firstErr error
		for event, err := range srv.Client().Devices.Pair(ctx, id) {
			if err != nil {
				assertBoth(err)
				require.NotErrorIs(t, firstErr, context.DeadlineExceeded, "the error of an earlier event is unchanged")
			}
			firstErr = cmp.Or(firstErr, event.Err)
		}
		ctx, cancelWatch := context.WithTimeout(t.Context(), 100*time.Second)
		defer cancelWatch()
		assertBoth(loops(ctx, srv.Client(), id)["Watch"]())
	})
}

// A failure that has passed is not in the error.
func TestLoops_forgetPassedOutage(t *testing.T) {
	t.Parallel()
	for path, loop := range map[string]string{"/devices": "Watch", "/devices/1": "Pair", "/devices/1/qr": "Pair"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := whatspietest.NewServer(whatspietest.WithoutSocket())
				id := srv.AddDevice(whatspie.Device{})
				srv.Inject(whatspietest.Fault{Path: path, Times: 5, Status: 502, Body: "<html>"})
				ctx, cancel := context.WithTimeout(t.Context(), 97*time.Second) // no poll is due at this time
				defer cancel()
				err := loops(ctx, srv.Client(), id)[loop]()
				require.ErrorIs(t, err, context.DeadlineExceeded)
				wiretest.AssertSentinels(t, err)
				assert.Regexp(t, `^whatspie: GET /devices(/1/qr)?: context deadline exceeded$`, err.Error())
			})
		})
	}
}

// A loop by phone number follows the device that it started with: after the first poll, it requests by the device's ID.
func TestLoops_keepDeviceIfItsNumberMoves(t *testing.T) {
	t.Parallel()
	const number = 62811
	pair := func(ctx context.Context, client *whatspie.Client) (*whatspie.Device, error) {
		_, events, err := wiretest.Pair(ctx, client, number)
		return events[len(events)-1].Device, err
	}
	for name, test := range map[string]struct {
		loop func(context.Context, *whatspie.Client) (*whatspie.Device, error)
		qr   string
	}{
		"Pair":                 {loop: pair, qr: `{"status":200,"message":"OK","data":{"qr":null}}`},
		"Pair while connected": {loop: pair, qr: `{"code":200,"message":"Device connected"}`},
		"WaitPaired": {loop: func(ctx context.Context, client *whatspie.Client) (*whatspie.Device, error) {
			return client.Devices.WaitPaired(ctx, number)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				script := wiretest.NewScriptFunc(func(r *http.Request) wiretest.Reply {
					elapsed := time.Since(start)
					switch {
					case wiretest.IsQRRequest(r):
						return wiretest.OK(test.qr)
					case r.URL.Path == "/devices/62811" && elapsed < 10*time.Second:
						return wiretest.OK(`{"status":200,"data":{"id":5,"phone":"62811","paired_status":"UNPAIRED"}}`)
					case r.URL.Path == "/devices/62811":
						return wiretest.OK(`{"status":200,"data":{"id":9,"phone":"62811","paired_status":"PAIRED"}}`)
					case elapsed < 30*time.Second:
						return wiretest.OK(`{"status":200,"data":{"id":5,"phone":"62822","paired_status":"UNPAIRED"}}`)
					default:
						return wiretest.OK(`{"status":200,"data":{"id":5,"phone":"62822","paired_status":"PAIRED"}}`)
					}
				})
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()

				device, err := test.loop(ctx, script.Client(t))

				require.NoError(t, err)
				assert.Equal(t, int64(5), device.ID)
				for _, request := range script.Requests() {
					if request.At.Sub(start) > 3*time.Second { // after the first poll
						assert.Contains(t, request.URL, "/devices/5")
					}
				}
			})
		})
	}
}

// A status that was requested by phone number before the first poll and arrives after it may be that of another device.
func TestPair_ignoresLateStatusByNumber(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var statusRequests atomic.Int32
		script := wiretest.NewScriptFunc(func(r *http.Request) wiretest.Reply {
			switch {
			case wiretest.IsQRRequest(r):
				return wiretest.OK(`{"code":200,"message":"Device connected"}`)
			case r.URL.Path == "/devices/62811" && statusRequests.Load() == 1:
				return wiretest.OK(`{"status":200,"data":{"id":9,"phone":"62811","paired_status":"PAIRED"}}`)
			case r.URL.Path == "/devices/62811":
				return wiretest.OK(`{"status":200,"data":{"id":5,"phone":"62811","paired_status":"UNPAIRED"}}`)
			default:
				return wiretest.OK(`{"status":200,"data":{"id":5,"phone":"62822","paired_status":"PAIRED"}}`)
			}
		})
		transport := wiretest.RoundTripFunc(func(r *http.Request) (*http.Response, error) {
			if wiretest.IsQRRequest(r) || statusRequests.Add(1) > 1 {
				return script.RoundTrip(r)
			}
			response, err := script.RoundTrip(r)
			time.Sleep(4 * time.Second)
			return response, err
		})
		_, events, err := wiretest.Pair(t.Context(), wiretest.NewClient(t, wiretest.WithTransport(transport)), 62811)
		require.NoError(t, err)
		assert.Equal(t, int64(5), events[len(events)-1].Device.ID)
	})
}
