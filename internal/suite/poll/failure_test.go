package poll_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// A failed request for one device does not slow the polls of the others.
func TestPoll_keepsIntervalIfOneDeviceFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		srv.AddDevice(whatspie.Device{})
		srv.Inject(whatspietest.Fault{Path: "/devices/999", Times: -1, Status: 503})
		srv.Inject(whatspietest.Fault{Path: "/devices/999/qr", Times: -1, Status: 503})
		client := srv.Client()
		background, stop := context.WithCancel(t.Context())
		go func() { _, _, _ = wiretest.Pair(background, client, 999) }()

		assert.Equal(t, []string{"0 1 UNPAIRED", "0 synced"}, wiretest.Watch(t, client, 5*time.Minute))

		stop()
		lists, _ := wiretest.CountStatusRequests(srv)
		assert.GreaterOrEqual(t, lists, 100, "one list in 3 s")
	})
}

// Retry-After also applies to loops that start before it has passed, even if all earlier loops have ended.
func TestPoll_appliesRetryAfterToNewLoops(t *testing.T) {
	t.Parallel()
	for name, period := range map[string]time.Duration{
		"first loop still runs": time.Minute,
		"first loop has ended":  time.Second,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := whatspietest.NewServer(whatspietest.WithoutSocket())
				srv.AddDevice(whatspie.Device{})
				srv.Inject(whatspietest.Fault{Path: "/devices", Status: 429, Header: http.Header{"Retry-After": {"50"}}})
				client := srv.Client()
				var running sync.WaitGroup
				running.Go(func() { wiretest.Watch(t, client, period) })
				for range 10 {
					time.Sleep(4 * time.Second)
					running.Go(func() {
						assert.Contains(t, wiretest.WithoutTimes(wiretest.Watch(t, client, 60*time.Second)), "1 UNPAIRED")
					})
				}
				time.Sleep(9 * time.Second) // until 49 s after the first list
				lists, _ := wiretest.CountStatusRequests(srv)
				assert.Equal(t, 1, lists)
				running.Wait()
			})
		})
	}
}

// Retry-After also applies to a loop that started during the request.
func TestPoll_appliesRetryAfterToLoopJoiningDuringRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		srv.AddDevice(whatspie.Device{})
		retryAfter := http.Header{"Retry-After": {"50"}}
		srv.Inject(whatspietest.Fault{Path: "/devices", Status: 429, Delay: 2 * time.Second, Header: retryAfter})
		client := srv.Client()
		start := time.Now()
		var first sync.WaitGroup
		first.Go(func() { wiretest.Watch(t, client, time.Minute) })
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
func TestPoll_keepsBackoffWhenLoopsJoin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		srv.Inject(whatspietest.Fault{Times: -1, Drop: true})
		client := srv.Client()
		for range 300 {
			wiretest.Watch(t, client, time.Second)
		}
		lists, _ := wiretest.CountStatusRequests(srv)
		assert.LessOrEqual(t, lists, 4+300/20, "intervals grow from 3 s to 20 to 30 s")
		assert.GreaterOrEqual(t, lists, 10)
	})
}

// A hanging poll delays the detection of a scan by a few intervals, not by the attempt timeout.
func TestPoll_abandonsHangingRequest(t *testing.T) {
	t.Parallel()
	for _, pairings := range []int{1, 2} { // one polls the device, two poll the list
		synctest.Test(t, func(t *testing.T) {
			srv := whatspietest.NewServer(whatspietest.WithoutSocket())
			client := srv.Client()
			var running sync.WaitGroup
			start := time.Now()
			for range pairings {
				id := srv.AddDevice(whatspie.Device{})
				running.Go(func() {
					device, err := client.Devices.WaitPaired(t.Context(), id)
					if assert.NoError(t, err) {
						assert.Equal(t, id, device.ID)
					}
					assert.LessOrEqual(t, time.Since(start), 21*time.Second)
				})
			}
			hang := whatspietest.Fault{Method: http.MethodGet, Delay: time.Hour}
			time.AfterFunc(4*time.Second, func() { srv.Inject(hang) })
			time.AfterFunc(7*time.Second, func() {
				for id := range int64(pairings) {
					srv.Scan(id + 1)
				}
			})
			running.Wait()
		})
	}
}

// A list that keeps arriving is not abandoned.
func TestPoll_acceptsSlowList(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const devices = 10
		client := wiretest.NewScriptFunc(func(*http.Request) wiretest.Reply {
			count := 0
			body := wiretest.ReaderFunc(func(p []byte) (int, error) {
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
			return wiretest.Reply{Status: 200, Stream: body}
		}).Client(t)
		events := wiretest.WithoutTimes(wiretest.Watch(t, client, time.Minute))
		assert.Len(t, events, devices+1)
		assert.Equal(t, "synced", events[devices])
	})
}

// A permanent error of the list ends every pairing that shares the poll.
func TestPoll_endsAllPairingsOnPermanentError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		client := srv.Client()
		ended := make(chan error)
		for range 2 {
			id := srv.AddDevice(whatspie.Device{})
			go func() {
				_, _, err := wiretest.Pair(t.Context(), client, id)
				ended <- err
			}()
		}
		time.Sleep(time.Second)
		srv.Inject(whatspietest.Fault{Path: "/devices", Status: 401, Body: `{"code":401,"message":"Unauthorized"}`})
		for range 2 {
			require.ErrorIs(t, <-ended, whatspie.ErrUnauthorized)
		}
	})
}
