package whatspie_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// statusRequests counts the requests of the loops, except for QR codes.
func statusRequests(srv *whatspietest.Server) (lists, gets int) {
	for _, request := range srv.Requests() {
		switch {
		case request.Path == "/devices":
			lists++
		case !strings.HasSuffix(request.Path, "/qr"):
			gets++
		}
	}
	return lists, gets
}

func TestThousandPairingsShareOneRequestPerInterval(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const pairings, intervals = 1000, 10
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		client := srv.Client()
		var all sync.WaitGroup
		for i := range pairings {
			id := srv.AddDevice(whatspie.Device{})
			all.Go(func() {
				time.Sleep(time.Duration(i) * time.Millisecond) // start at different times
				_, _, err := pairUntilEnd(t.Context(), client, id)
				assert.NoError(t, err)
			})
		}
		time.Sleep(intervals*3*time.Second - time.Millisecond)
		lists, gets := statusRequests(srv)
		assert.LessOrEqual(t, lists+gets, intervals*11/10)
		assert.GreaterOrEqual(t, lists, intervals-1)
		for id := range int64(pairings) {
			srv.Scan(id + 1)
		}
		all.Wait()
	})
}

func TestOnePairingAsksForItsOwnDevice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		id := srv.AddDevice(whatspie.Device{})
		srv.AddDevice(whatspie.Device{})
		time.AfterFunc(11*time.Second, func() { srv.Scan(id) })
		_, _, err := pairUntilEnd(t.Context(), srv.Client(), id)
		require.NoError(t, err)
		lists, gets := statusRequests(srv)
		assert.Zero(t, lists)
		assert.Equal(t, 4, gets)
	})
}

func TestTwoPairingsOfOneDeviceShareItsRequests(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		id := srv.AddDevice(whatspie.Device{})
		client := srv.Client()
		time.AfterFunc(11*time.Second, func() { srv.Scan(id) }) // between code requests, which would also notice the scan
		var both sync.WaitGroup
		for range 2 {
			both.Go(func() {
				_, _, err := pairUntilEnd(t.Context(), client, id)
				assert.NoError(t, err)
			})
		}
		both.Wait()
		lists, gets := statusRequests(srv)
		assert.Zero(t, lists)
		assert.Equal(t, 4, gets)
	})
}

// A list may lag behind the device's own endpoint, or omit the device.
func TestPairingOfADeviceThatTheListLacks(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		id   int64
		want error
	}{
		"exists": {id: 1},
		"gone":   {id: 3, want: whatspie.ErrDeviceNotFound},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := whatspietest.NewServer(whatspietest.WithoutSocket())
				for range 3 {
					srv.AddDevice(whatspie.Device{})
				}
				srv.Inject(whatspietest.Fault{Path: "/devices", Times: -1, Body: `{"status":200,"message":"OK","data":[{"id":2,"paired_status":"UNPAIRED"}]}`})
				client := srv.Client()
				background, stop := context.WithCancel(t.Context())
				go func() { _, _, _ = pairUntilEnd(background, client, 2) }()
				time.AfterFunc(5500*time.Millisecond, func() { srv.Scan(1); srv.RemoveDevice(3) }) // between code requests

				_, _, err := pairUntilEnd(t.Context(), client, test.id)

				stop()
				if test.want == nil {
					require.NoError(t, err)
				} else {
					require.ErrorIs(t, err, test.want)
				}
				lists, gets := statusRequests(srv)
				assert.LessOrEqual(t, gets, lists, "one look-up beside each list: the other device is in it")
			})
		})
	}
}

func TestAPairingThatEndsLeavesTheOthersAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		first, second := srv.AddDevice(whatspie.Device{}), srv.AddDevice(whatspie.Device{})
		client := srv.Client()
		start := time.Now()
		var leaver sync.WaitGroup
		leaver.Go(func() {
			for event, err := range client.Devices.Pair(t.Context(), first) {
				if err != nil {
					t.Errorf("first: %v", err)
				}
				assert.Equal(t, whatspie.PairQR, event.Kind)
				break
			}
		})
		time.AfterFunc(20*time.Second, func() { srv.Scan(second) })

		_, events, err := pairUntilEnd(t.Context(), client, second)

		leaver.Wait()
		require.NoError(t, err)
		assert.Len(t, events, 2)
		assert.LessOrEqual(t, time.Since(start), 23*time.Second, "one interval after the scan")
	})
}

func TestANewWatchGetsItsSnapshotAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		id := srv.AddDevice(whatspie.Device{})
		client := srv.Client()
		background, stop := context.WithCancel(t.Context())
		go func() { _, _, _ = pairUntilEnd(background, client, id) }()
		time.Sleep(4 * time.Second)
		start := time.Now()
		for change, err := range client.Devices.Watch(t.Context()) {
			require.NoError(t, err)
			assert.Equal(t, id, change.Device.ID)
			break
		}
		assert.Zero(t, time.Since(start))
		stop()
	})
}

// A loop that starts while the last one leaves must not see its cancelled poll.
func TestLoopsThatFollowEachOtherDoNotMix(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		id := srv.AddDevice(whatspie.Device{})
		srv.Inject(whatspietest.Fault{Path: "/devices/1", Delay: 10 * time.Second})
		client := srv.Client()
		first, stop := context.WithTimeout(t.Context(), 5*time.Second)
		defer stop()
		_, _, err := pairUntilEnd(first, client, id)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		time.AfterFunc(4*time.Second, func() { srv.Scan(id) })
		_, events, err := pairUntilEnd(t.Context(), client, id)
		require.NoError(t, err)
		assert.Len(t, events, 2)
	})
}

// A failed request for one device is not an outage for the others.
func TestAFailingLookUpSlowsNobodyElse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		srv.AddDevice(whatspie.Device{})
		srv.Inject(whatspietest.Fault{Path: "/devices/999", Times: -1, Status: 503})
		srv.Inject(whatspietest.Fault{Path: "/devices/999/qr", Times: -1, Status: 503})
		client := srv.Client()
		background, stop := context.WithCancel(t.Context())
		go func() { _, _, _ = pairUntilEnd(background, client, 999) }()

		assert.Equal(t, []string{"0 1 UNPAIRED", "0 synced"}, watchFor(t, client, 5*time.Minute))

		stop()
		lists, _ := statusRequests(srv)
		assert.GreaterOrEqual(t, lists, 100, "one in 3 s")
	})
}

// Retry-After also applies to loops that start before it has passed, even if the last loop has left.
func TestANewLoopObeysARunningRetryAfter(t *testing.T) {
	t.Parallel()
	for name, period := range map[string]time.Duration{"beside the first": time.Minute, "after the first": time.Second} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := whatspietest.NewServer(whatspietest.WithoutSocket())
				srv.AddDevice(whatspie.Device{})
				srv.Inject(whatspietest.Fault{Path: "/devices", Status: 429, Header: http.Header{"Retry-After": {"50"}}})
				client := srv.Client()
				var all sync.WaitGroup
				all.Go(func() { watchFor(t, client, period) })
				for range 10 {
					time.Sleep(4 * time.Second)
					all.Go(func() { assert.Contains(t, withoutTimes(watchFor(t, client, 60*time.Second)), "1 UNPAIRED") })
				}
				time.Sleep(9 * time.Second) // 49 s after the first
				lists, _ := statusRequests(srv)
				assert.Equal(t, 1, lists)
				all.Wait()
			})
		})
	}
}

// It also applies to a loop that started while the response was in flight.
func TestALoopThatJoinsDuringAPollObeysItsRetryAfter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		srv.AddDevice(whatspie.Device{})
		srv.Inject(whatspietest.Fault{Path: "/devices", Status: 429, Delay: 2 * time.Second, Header: http.Header{"Retry-After": {"50"}}})
		client := srv.Client()
		start := time.Now()
		var first sync.WaitGroup
		first.Go(func() { watchFor(t, client, time.Minute) })
		time.Sleep(time.Second)
		for event, err := range client.Devices.Watch(t.Context()) {
			require.NoError(t, err)
			assert.Equal(t, whatspie.WatchDevice, event.Kind)
			assert.GreaterOrEqual(t, time.Since(start), 52*time.Second)
			break
		}
		first.Wait()
	})
}

// The backoff grows even if loops come and go.
func TestJoiningLoopsDoNotResetAnOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		srv.Inject(whatspietest.Fault{Times: -1, Drop: true})
		client := srv.Client()
		for range 300 {
			watchFor(t, client, time.Second)
		}
		lists, _ := statusRequests(srv)
		assert.LessOrEqual(t, lists, 4+300/20, "from 3 s to 20 s, and then every 20 to 30 s")
		assert.GreaterOrEqual(t, lists, 10)
	})
}

// A hanging poll delays the detection of a scan by a few intervals, not by the attempt timeout.
func TestAHangingPollIsGivenUp(t *testing.T) {
	t.Parallel()
	for _, loops := range []int{1, 2} { // one polls the device, two poll the list
		synctest.Test(t, func(t *testing.T) {
			srv := whatspietest.NewServer(whatspietest.WithoutSocket())
			client := srv.Client()
			var all sync.WaitGroup
			start := time.Now()
			for range loops {
				id := srv.AddDevice(whatspie.Device{})
				all.Go(func() {
					device, err := client.Devices.WaitPaired(t.Context(), id)
					if assert.NoError(t, err) {
						assert.Equal(t, id, device.ID)
					}
					assert.LessOrEqual(t, time.Since(start), 21*time.Second)
				})
			}
			time.AfterFunc(4*time.Second, func() { srv.Inject(whatspietest.Fault{Method: http.MethodGet, Delay: time.Hour}) })
			time.AfterFunc(7*time.Second, func() {
				for id := range int64(loops) {
					srv.Scan(id + 1)
				}
			})
			all.Wait()
		})
	}
}

// A list that keeps arriving is not abandoned.
func TestASlowListIsNoFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const devices = 10
		client := newClient(t, through(roundTripper(func(request *http.Request) (*http.Response, error) {
			count := 0
			body := readerFunc(func(p []byte) (int, error) {
				time.Sleep(5 * time.Second)
				switch count++; {
				case count == 1:
					return copy(p, `{"data":[{"id":1}`), nil
				case count <= devices:
					return copy(p, fmt.Sprintf(`,{"id":%d}`, count)), nil
				default:
					return copy(p, `]}`), io.EOF
				}
			})
			return scriptOf(reply{status: 200, stream: body}).RoundTrip(request)
		})))
		events := withoutTimes(watchFor(t, client, time.Minute))
		assert.Len(t, events, devices+1)
		assert.Equal(t, "synced", events[devices])
	})
}

// Pairings missing from the list are requested in turn.
func TestManyLoopsThatTheListLacks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const loops = 40
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		client := srv.Client()
		srv.Inject(whatspietest.Fault{Path: "/devices", Times: -1, Body: `{"status":200,"message":"OK","data":[]}`})
		var all sync.WaitGroup
		for range loops {
			id := srv.AddDevice(whatspie.Device{})
			all.Go(func() {
				device, err := client.Devices.WaitPaired(t.Context(), id)
				if assert.NoError(t, err) {
					assert.True(t, device.Paired())
				}
			})
		}
		time.Sleep(30 * time.Second)
		for id := range int64(loops) {
			srv.Scan(id + 1)
		}
		start := time.Now()
		all.Wait()
		assert.LessOrEqual(t, time.Since(start), 12*time.Second, "four intervals")
		lists, gets := statusRequests(srv)
		assert.LessOrEqual(t, gets, 10*lists+1)
	})
}

// The list is matched by ID only; phone numbers are requested individually.
func TestALoopByPhoneNumber(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const number = 6281234567890
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		other := srv.AddDevice(whatspie.Device{Phone: "6281234567890", PairedStatus: whatspie.PairedStatusPaired})
		mine := srv.AddDevice(whatspie.Device{})
		client := srv.Client(through(roundTripper(func(r *http.Request) (*http.Response, error) {
			if r.URL.Path == "/devices/6281234567890" {
				r = r.Clone(r.Context())
				r.URL.Path = fmt.Sprintf("/devices/%d", mine)
			}
			return srv.Transport().RoundTrip(r)
		})))
		var watch sync.WaitGroup
		watch.Go(func() { watchFor(t, client, time.Minute) })
		time.AfterFunc(20*time.Second, func() { srv.Scan(mine) })
		device, err := client.Devices.WaitPaired(t.Context(), number)
		require.NoError(t, err)
		assert.Equal(t, mine, device.ID)
		assert.NotEqual(t, other, device.ID)
		watch.Wait()
	})
}

// A list error that is permanent ends every pairing that the poll served.
func TestARefusedListEndsThePairings(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		client := srv.Client()
		ends := make(chan error)
		for range 2 {
			id := srv.AddDevice(whatspie.Device{})
			go func() {
				_, _, err := pairUntilEnd(t.Context(), client, id)
				ends <- err
			}()
		}
		time.Sleep(time.Second)
		srv.Inject(whatspietest.Fault{Path: "/devices", Status: 401, Body: `{"code":401,"message":"Unauthorized"}`})
		for range 2 {
			require.ErrorIs(t, <-ends, whatspie.ErrUnauthorized)
		}
	})
}
