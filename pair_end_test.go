package whatspie_test

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

				_, events, err := pairUntilEnd(t.Context(), srv.Client(), test.id)

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

		_, events, err := pairUntilEnd(t.Context(), srv.Client(), id)

		require.ErrorIs(t, err, whatspie.ErrDeviceSuspended)
		for _, event := range events {
			assert.Equal(t, whatspie.PairRetry, event.Kind, "there is no code to show")
			require.ErrorIs(t, event.Err, whatspie.ErrQRGeneration)
		}
	})
}

// While the API has no code yet, no code is used up until patience ends.
func TestPair_notYet(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status int
		body   string
		want   error
	}{
		"null":                    {200, `{"status":200,"message":"OK","data":{"qr":null}}`, whatspie.ErrQRNotReady},
		"empty":                   {200, `{"status":200,"message":"OK","data":{"qr":""}}`, whatspie.ErrQRNotReady},
		"no data":                 {200, `{"status":200,"message":"OK","data":null}`, whatspie.ErrQRNotReady},
		"hollow data":             {200, `{"status":200,"message":"OK","data":{"count":0}}`, nil},
		"not generated":           {200, `{"code":500,"message":"QR code generation failed"}`, whatspie.ErrQRGeneration},
		"not a picture":           {200, `{"status":200,"message":"OK","data":{"qr":"data:image/png;base64,aGVsbG8="}}`, whatspie.ErrUnexpectedResponse},
		"connected, not paired":   {200, `{"code":200,"message":"Device connected"}`, whatspie.ErrDeviceConnected},
		"connected in other word": {200, `{"code":200,"message":"Device is already connected."}`, whatspie.ErrDeviceConnected},
		"conflict":                {409, `{"code":409,"message":"Session is starting"}`, whatspie.ErrBadRequest},
		"unprocessable":           {422, `{"code":422,"message":"Session is starting"}`, nil},
		"too early":               {425, `{"code":425,"message":"Too early"}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fault := whatspietest.Fault{Path: "/devices/1/qr", Times: -1, Status: test.status, Body: test.body}
			t.Run("then a code", func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					srv := whatspietest.NewServer(whatspietest.WithoutSocket())
					id := srv.AddDevice(whatspie.Device{})
					srv.Inject(fault)
					time.AfterFunc(110*time.Second+time.Millisecond, srv.ClearFaults)
					time.AfterFunc(120*time.Second, func() { srv.Scan(id) })

					steps, _, err := pairUntilEnd(t.Context(), srv.Client(), id, whatspie.WithMaxQRCodes(1))

					require.NoError(t, err)
					assert.Equal(t, []step{{whatspie.PairQR, 115}}, shownSteps(steps))
					sent := len(srv.Requests())
					assert.LessOrEqual(t, sent, 120/5+1+120/3+1+25, "one request per 5 s, and a look for each that says connected")
				})
			})
			t.Run("for too long", func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					srv := whatspietest.NewServer(whatspietest.WithoutSocket())
					id := srv.AddDevice(whatspie.Device{})
					srv.Inject(fault)
					start := time.Now()

					_, events, err := pairUntilEnd(t.Context(), srv.Client(), id, whatspie.WithQRPatience(30*time.Second))

					require.ErrorIs(t, err, whatspie.ErrQRCodesExhausted)
					if test.want != nil {
						require.ErrorIs(t, err, test.want)
					}
					assert.Equal(t, 30*time.Second, time.Since(start))
					for _, event := range events {
						assert.Equal(t, whatspie.PairRetry, event.Kind)
					}
				})
			})
		})
	}
}

// Responses that are not the API's own neither end the loop nor use up a code.
func TestPair_outage(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]whatspietest.Fault{
		"text 404":       {Status: 404, Body: "404 page not found"},
		"HTML 404":       {Status: 404, Body: "<html>not found</html>"},
		"HTML 403":       {Status: 403, Body: "<html>checking your browser</html>"},
		"HTML 400":       {Status: 400, Body: "<html>bad request</html>"},
		"421":            {Status: 421, Body: "misdirected"},
		"520":            {Status: 520, Body: "<html>"},
		"530":            {Status: 530},
		"502":            {Status: 502, Body: "<html>bad gateway</html>"},
		"HTML page, 200": {Status: 200, Body: "<html>maintenance</html>"},
		"no body, 404":   {Status: 404},
		"cut":            {Status: 404, Body: `{"code":404,"message":"Device not found"}`, Truncate: 10},
		"dropped":        {Drop: true},
		"refused":        {Refuse: true},
	} {
		for where, path := range map[string]string{"codes": "/devices/1/qr", "everything": ""} {
			t.Run(name+", "+where, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					srv := whatspietest.NewServer(whatspietest.WithoutSocket())
					id := srv.AddDevice(whatspie.Device{})
					lasting := fault
					lasting.Path, lasting.Times = path, -1
					srv.Inject(lasting)
					time.AfterFunc(10*time.Minute, srv.ClearFaults)
					time.AfterFunc(11*time.Minute, func() { srv.Scan(id) })

					steps, events, err := pairUntilEnd(t.Context(), srv.Client(), id, whatspie.WithMaxQRCodes(2))

					require.NoError(t, err)
					require.NotEmpty(t, shownSteps(steps))
					assert.InDelta(t, 600, shownSteps(steps)[0].at, 39, "within the longest pause")
					for _, event := range events[:5] {
						assert.Equal(t, whatspie.PairRetry, event.Kind)
					}
				})
			})
		}
	}
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
			assertOnly(t, err, whatspie.ErrServer)
			assert.Equal(t, 502, apiError(t, err).StatusCode)
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
			_, _, err := pairUntilEnd(ctx, client, 1)
			return err
		},
		"/devices/1/qr": func(ctx context.Context, client *whatspie.Client) error {
			_, _, err := pairUntilEnd(ctx, client, 1)
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
				assertOnly(t, err)
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

		_, events, err := pairUntilEnd(t.Context(), srv.Client(), id)

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
