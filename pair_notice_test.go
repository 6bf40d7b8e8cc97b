package whatspie_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

func isQRRequest(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/qr") }

// A phone that has scanned does not wait for a code that nobody needs any more.
func TestPairNoticesThePhoneWhileACodeIsAwaited(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]whatspietest.Fault{
		"no answer":      {Delay: time.Hour},
		"a long pause":   {Status: 503, Header: http.Header{"Retry-After": {"55"}}},
		"rate limited":   {Status: 429, Header: http.Header{"Retry-After": {"10"}}},
		"a slow failure": {Status: 500, Delay: 25 * time.Second},
	} {
		fault.Path, fault.Times = "/devices/1/qr", -1
		for end, want := range map[string]struct {
			act func(*whatspietest.Server, int64) bool
			err error
		}{
			"scanned":   {act: (*whatspietest.Server).Scan},
			"suspended": {act: (*whatspietest.Server).Suspend, err: whatspie.ErrDeviceSuspended},
			"removed":   {act: (*whatspietest.Server).RemoveDevice, err: whatspie.ErrDeviceNotFound},
		} {
			t.Run(name+", "+end, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					srv := whatspietest.NewServer(whatspietest.WithoutSocket())
					id := srv.AddDevice(whatspie.Device{})
					time.AfterFunc(50*time.Second, func() { srv.Inject(fault) })
					time.AfterFunc(61*time.Second, func() { assert.True(t, want.act(srv, id)) })
					start := time.Now()

					steps, _, err := pairUntilEnd(t.Context(), srv.Client(), id)

					require.ErrorIs(t, err, want.err)
					assert.LessOrEqual(t, time.Since(start), 64*time.Second, "the poll after it")
					for _, s := range steps {
						assert.NotEqual(t, whatspie.PairRetry, s.kind, "nothing failed")
					}
				})
			})
		}
	}
}

// Whatever the words are in which a server keeps the code to itself: while it answers otherwise, that is no outage.
func TestPairEndsWhenNothingButTheCodeFails(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]whatspietest.Fault{
		"other words": {Status: 500, Body: `{"code":500,"message":"Failed to generate QR code"}`},
		"a proxy":     {Status: 502, Body: "<html>bad gateway</html>"},
		"no answer":   {Delay: time.Hour},
		"a cut":       {Drop: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := whatspietest.NewServer(whatspietest.WithoutSocket())
				id := srv.AddDevice(whatspie.Device{})
				fault.Path, fault.Times = "/devices/1/qr", -1
				srv.Inject(fault)

				steps, events, err := pairUntilEnd(t.Context(), srv.Client(), id)

				require.ErrorIs(t, err, whatspie.ErrQRCodesExhausted)
				require.ErrorIs(t, err, events[len(events)-1].Err, "it says why")
				assert.LessOrEqual(t, len(steps), 7, "six, and perhaps one before the first poll")
			})
		})
	}
}

// A server may show EXPIRED until a phone is connected: that says nothing of the code that it just gave out.
func TestPairShowsACodeOfADeviceThatStaysExpired(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		id := srv.AddDevice(whatspie.Device{})
		stays := scriptOf(ok(`{"status":200,"data":{"id":1,"paired_status":"EXPIRED"}}`))
		client := srv.Client(through(roundTripper(func(r *http.Request) (*http.Response, error) {
			if isQRRequest(r) {
				return srv.Transport().RoundTrip(r)
			}
			return stays.RoundTrip(r)
		})))
		steps, _, err := pairUntilEnd(t.Context(), client, id, whatspie.WithMaxQRCodes(2))
		require.ErrorIs(t, err, whatspie.ErrQRCodesExhausted)
		assert.Equal(t, []step{{whatspie.PairQR, 0}, {whatspie.PairQRExpired, 60}, {whatspie.PairQR, 60}, {whatspie.PairQRExpired, 80}}, steps)
	})
}

// A poll that was asked before the code was fetched shows what became of the one before.
func TestALatePollDoesNotTakeANewCodeBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		id := srv.AddDevice(whatspie.Device{})
		polls := 0
		client := srv.Client(whatspie.WithPollInterval(30*time.Second), through(roundTripper(func(r *http.Request) (*http.Response, error) {
			answer, err := srv.Transport().RoundTrip(r)
			if !isQRRequest(r) {
				if polls++; polls == 2 { // asked at 60 s, when the first code had just expired
					time.Sleep(2 * time.Second)
				}
			} else {
				time.Sleep(time.Second)
			}
			return answer, err
		})))
		steps, _, err := pairUntilEnd(t.Context(), client, id, whatspie.WithMaxQRCodes(2))
		require.ErrorIs(t, err, whatspie.ErrQRCodesExhausted)
		assert.Equal(t, []step{
			{whatspie.PairQR, 1},
			{whatspie.PairQRExpired, 60}, // the server made it at once, and its answer took a second
			{whatspie.PairQR, 62},
			{whatspie.PairStatus, 62},
			{whatspie.PairQRExpired, 81},
		}, steps)
	})
}

// A page that is opened again gets the session's next code, which lives for 20 s and not for 60.
func TestPairGoesOnWithASession(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		between func(*testing.T, *whatspietest.Server, *whatspie.Client, int64)
		want    time.Duration
	}{
		"at once":              {func(*testing.T, *whatspietest.Server, *whatspie.Client, int64) {}, 20 * time.Second},
		"later in the session": {func(*testing.T, *whatspietest.Server, *whatspie.Client, int64) { time.Sleep(99 * time.Second) }, 20 * time.Second},
		"after its end":        {func(*testing.T, *whatspietest.Server, *whatspie.Client, int64) { time.Sleep(100 * time.Second) }, time.Minute},
		"after a connection": {func(t *testing.T, srv *whatspietest.Server, client *whatspie.Client, id int64) {
			t.Helper()
			srv.Scan(id)
			_, _, err := pairUntilEnd(t.Context(), client, id)
			require.NoError(t, err)
			srv.Disconnect(id)
		}, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := whatspietest.NewServer(whatspietest.WithoutSocket())
				id := srv.AddDevice(whatspie.Device{})
				client := srv.Client()
				_, _, err := pairUntilEnd(t.Context(), client, id, whatspie.WithMaxQRCodes(1))
				require.ErrorIs(t, err, whatspie.ErrQRCodesExhausted)
				test.between(t, srv, client, id)
				for event, err := range client.Devices.Pair(t.Context(), id) {
					require.NoError(t, err)
					assert.Equal(t, test.want, time.Until(event.ExpiresAt))
					break
				}
			})
		})
	}
}

// The statuses' case may drift: one that ends a pairing does so in any.
func TestPairKnowsAStatusInAnyCase(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		id := srv.AddDevice(whatspie.Device{})
		time.AfterFunc(5*time.Second, func() {
			srv.Inject(whatspietest.Fault{Path: "/devices/1", Body: `{"status":200,"data":{"id":1,"paired_status":"Suspended"}}`})
		})
		start := time.Now()
		_, _, err := pairUntilEnd(t.Context(), srv.Client(), id)
		require.ErrorIs(t, err, whatspie.ErrDeviceSuspended)
		assert.Equal(t, 6*time.Second, time.Since(start))
	})
}

// A consumer that is slow with an event must not get a code next that died meanwhile.
func TestPairShowsNoDeadCode(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		id := srv.AddDevice(whatspie.Device{})
		srv.Inject(whatspietest.Fault{Path: "/devices/1/qr", Delay: 4 * time.Second})
		srv.Inject(whatspietest.Fault{Path: "/devices/1", Status: 503}) // while the first code is fetched
		codes := 0
		for event, err := range srv.Client().Devices.Pair(t.Context(), id) {
			if err != nil {
				require.ErrorIs(t, err, whatspie.ErrQRCodesExhausted)
				break
			}
			if event.Kind == whatspie.PairQR {
				codes++
				assert.Positive(t, time.Until(event.ExpiresAt))
			}
			time.Sleep(65 * time.Second)
		}
		assert.Equal(t, 6, codes)
	})
}

// Nor does the beginning of an outage use up codes, which the last poll did not see.
func TestPairKeepsItsCodesThroughAnOutage(t *testing.T) {
	t.Parallel()
	for range 8 { // the waits between attempts are random
		synctest.Test(t, func(t *testing.T) {
			lifetime := 61 * time.Second
			srv := whatspietest.NewServer(whatspietest.WithoutSocket(), whatspietest.WithQRLifetime(lifetime))
			id := srv.AddDevice(whatspie.Device{})
			time.AfterFunc(60500*time.Millisecond, func() { srv.Inject(whatspietest.Fault{Times: -1, Drop: true}) })
			time.AfterFunc(90*time.Second, srv.ClearFaults)
			steps, _, err := pairUntilEnd(t.Context(), srv.Client(), id, whatspie.WithMaxQRCodes(2), whatspie.WithQRLifetime(lifetime))
			require.ErrorIs(t, err, whatspie.ErrQRCodesExhausted)
			codes := 0
			for _, s := range steps {
				if s.kind == whatspie.PairQR {
					codes++
				}
			}
			assert.Equal(t, 2, codes)
		})
	}
}

// Where nobody can say whether a code is still the one, it stays: there is no other to show.
func TestPairKeepsADoubtfulCodeThatCannotBeAskedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		id := srv.AddDevice(whatspie.Device{})
		srv.Inject(whatspietest.Fault{Path: "/devices/1", Times: -1, Body: `{"status":200,"data":{"id":1,"paired_status":"EXPIRED"}}`})
		time.AfterFunc(time.Second, func() { srv.Inject(whatspietest.Fault{Path: "/devices/1/qr", Times: 4, Status: 503}) })
		steps, _, err := pairUntilEnd(t.Context(), srv.Client(), id, whatspie.WithMaxQRCodes(1))
		require.ErrorIs(t, err, whatspie.ErrQRCodesExhausted)
		assert.Equal(t, []step{{whatspie.PairQR, 0}, {whatspie.PairQRExpired, 60}}, steps)
	})
}
