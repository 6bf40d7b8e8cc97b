package poll_test

import (
	"context"
	"fmt"
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

func TestPoll_sendsOneRequestForThousandPairings(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const pairings, intervals = 1000, 10
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		client := srv.Client()
		var running sync.WaitGroup
		for i := range pairings {
			id := srv.AddDevice(whatspie.Device{})
			running.Go(func() {
				time.Sleep(time.Duration(i) * time.Millisecond) // start at different times
				_, _, err := wiretest.Pair(t.Context(), client, id)
				assert.NoError(t, err)
			})
		}
		time.Sleep(intervals*3*time.Second - time.Millisecond)
		lists, gets := wiretest.CountStatusRequests(srv)
		assert.LessOrEqual(t, lists+gets, intervals*11/10)
		assert.GreaterOrEqual(t, lists, intervals-1)
		for id := range int64(pairings) {
			srv.Scan(id + 1)
		}
		running.Wait()
	})
}

// Loops of a single device request that device, not the list.
func TestPoll_requestsSingleDevice(t *testing.T) {
	t.Parallel()
	for name, pairings := range map[string]int{"one pairing": 1, "two pairings": 2} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := whatspietest.NewServer(whatspietest.WithoutSocket())
				id := srv.AddDevice(whatspie.Device{})
				srv.AddDevice(whatspie.Device{})
				client := srv.Client()
				time.AfterFunc(11*time.Second, func() { srv.Scan(id) }) // not noticed by a code request first
				var running sync.WaitGroup
				for range pairings {
					running.Go(func() {
						_, _, err := wiretest.Pair(t.Context(), client, id)
						assert.NoError(t, err)
					})
				}
				running.Wait()
				lists, gets := wiretest.CountStatusRequests(srv)
				assert.Zero(t, lists)
				assert.Equal(t, 4, gets)
			})
		})
	}
}

// A stale list may omit a device that its own endpoint returns.
func TestPoll_requestsDeviceMissingFromList(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		id   int64
		want error
	}{
		"exists":  {id: 1},
		"removed": {id: 3, want: whatspie.ErrDeviceNotFound},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := whatspietest.NewServer(whatspietest.WithoutSocket())
				for range 3 {
					srv.AddDevice(whatspie.Device{})
				}
				list := `{"status":200,"message":"OK","data":[{"id":2,"paired_status":"UNPAIRED"}]}`
				srv.Inject(whatspietest.Fault{Path: "/devices", Times: -1, Body: list})
				client := srv.Client()
				background, stop := context.WithCancel(t.Context())
				go func() { _, _, _ = wiretest.Pair(background, client, 2) }()
				time.AfterFunc(5500*time.Millisecond, func() { srv.Scan(1); srv.RemoveDevice(3) }) // between code requests

				_, _, err := wiretest.Pair(t.Context(), client, test.id)

				stop()
				if test.want == nil {
					require.NoError(t, err)
				} else {
					require.ErrorIs(t, err, test.want)
				}
				lists, gets := wiretest.CountStatusRequests(srv)
				assert.LessOrEqual(t, gets, lists, "one device request per list, because the other device is listed")
			})
		})
	}
}

func TestPoll_continuesIfOnePairingEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		first, second := srv.AddDevice(whatspie.Device{}), srv.AddDevice(whatspie.Device{})
		client := srv.Client()
		start := time.Now()
		var firstLoop sync.WaitGroup
		firstLoop.Go(func() {
			for event, err := range client.Devices.Pair(t.Context(), first) {
				if err != nil {
					t.Errorf("first pairing: %v", err)
				}
				assert.Equal(t, whatspie.PairQR, event.Kind)
				break
			}
		})
		time.AfterFunc(20*time.Second, func() { srv.Scan(second) })

		_, events, err := wiretest.Pair(t.Context(), client, second)

		firstLoop.Wait()
		require.NoError(t, err)
		assert.Len(t, events, 2)
		assert.LessOrEqual(t, time.Since(start), 23*time.Second, "one interval after the scan")
	})
}

func TestPoll_givesNewWatchItsSnapshotAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		id := srv.AddDevice(whatspie.Device{})
		client := srv.Client()
		background, stop := context.WithCancel(t.Context())
		go func() { _, _, _ = wiretest.Pair(background, client, id) }()
		time.Sleep(4 * time.Second)
		start := time.Now()
		for event, err := range client.Devices.Watch(t.Context()) {
			require.NoError(t, err)
			assert.Equal(t, id, event.Device.ID)
			break
		}
		assert.Zero(t, time.Since(start))
		stop()
	})
}

// A loop that starts when the last one ends does not receive the error of its canceled poll.
func TestPoll_hidesCancelledRequestFromNextLoop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		id := srv.AddDevice(whatspie.Device{})
		srv.Inject(whatspietest.Fault{Path: "/devices/1", Delay: 10 * time.Second})
		client := srv.Client()
		first, stop := context.WithTimeout(t.Context(), 5*time.Second)
		defer stop()
		_, _, err := wiretest.Pair(first, client, id)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		time.AfterFunc(4*time.Second, func() { srv.Scan(id) })
		_, events, err := wiretest.Pair(t.Context(), client, id)
		require.NoError(t, err)
		assert.Len(t, events, 2)
	})
}

// Devices missing from the list are requested in turn, a limited number per poll.
func TestPoll_requestsManyMissingDevicesInTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const devices = 40
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		client := srv.Client()
		srv.Inject(whatspietest.Fault{Path: "/devices", Times: -1, Body: `{"status":200,"message":"OK","data":[]}`})
		var running sync.WaitGroup
		for range devices {
			id := srv.AddDevice(whatspie.Device{})
			running.Go(func() {
				device, err := client.Devices.WaitPaired(t.Context(), id)
				if assert.NoError(t, err) {
					assert.True(t, device.Paired())
				}
			})
		}
		time.Sleep(30 * time.Second)
		for id := range int64(devices) {
			srv.Scan(id + 1)
		}
		start := time.Now()
		running.Wait()
		assert.LessOrEqual(t, time.Since(start), 12*time.Second, "four intervals")
		lists, gets := wiretest.CountStatusRequests(srv)
		assert.LessOrEqual(t, gets, 10*lists+1)
	})
}

// A list is matched by ID. A device given by its phone number is requested individually.
func TestPoll_requestsPhoneNumberIndividually(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const number = 6281234567890
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		other := srv.AddDevice(whatspie.Device{Phone: "6281234567890", PairedStatus: whatspie.PairedStatusPaired})
		id := srv.AddDevice(whatspie.Device{})
		client := srv.Client(wiretest.WithTransport(wiretest.RoundTripFunc(func(r *http.Request) (*http.Response, error) {
			if r.URL.Path == "/devices/6281234567890" {
				r = r.Clone(r.Context())
				r.URL.Path = fmt.Sprintf("/devices/%d", id)
			}
			return srv.Transport().RoundTrip(r)
		})))
		var watch sync.WaitGroup
		watch.Go(func() { wiretest.Watch(t, client, time.Minute) })
		time.AfterFunc(20*time.Second, func() { srv.Scan(id) })
		device, err := client.Devices.WaitPaired(t.Context(), number)
		require.NoError(t, err)
		assert.Equal(t, id, device.ID)
		assert.NotEqual(t, other, device.ID)
		watch.Wait()
	})
}
