package whatspie_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

var salesDesk = whatspie.CreateDeviceRequest{Package: whatspie.PackageStartup, Name: "Sales desk"}

// methods returns the methods of the requests in order.
func methods(srv *whatspietest.Server) []string {
	requests := srv.Requests()
	sent := make([]string, len(requests))
	for i, request := range requests {
		sent[i] = request.Method
	}
	return sent
}

func TestCreateConfirmedWithAClearAnswerLooksNoFurther(t *testing.T) {
	t.Parallel()
	for name, shape := range map[string]whatspietest.CreateAnswer{
		"device": whatspietest.CreateAnswerDevice,
		"id":     whatspietest.CreateAnswerID,
		"array":  whatspietest.CreateAnswerArray,
		"bare":   whatspietest.CreateAnswerBare,
		"201":    whatspietest.CreateAnswerCreated,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := whatspietest.NewServer(whatspietest.WithoutSocket(), whatspietest.WithCreateAnswer(shape))
			device, err := srv.Client().Devices.CreateConfirmed(t.Context(), salesDesk)
			require.NoError(t, err)
			assert.Equal(t, int64(1), device.ID)
			assert.Equal(t, []string{"GET", "POST"}, methods(srv))
		})
	}
}

func TestCreateConfirmedFindsWhatTheAnswerDidNotTell(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		opts  []whatspietest.Option
		fault whatspietest.Fault
	}{
		"lost":             {fault: whatspietest.Fault{Method: "POST", Lose: true}},
		"lost in a 502":    {fault: whatspietest.Fault{Method: "POST", Lose: true, Status: 502, Body: "<html>"}},
		"cut":              {fault: whatspietest.Fault{Method: "POST", Truncate: 20}},
		"without a device": {opts: []whatspietest.Option{whatspietest.WithCreateAnswer(whatspietest.CreateAnswerNone)}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := whatspietest.NewServer(append(test.opts, whatspietest.WithoutSocket())...)
				old := srv.AddDevice(whatspie.Device{Name: salesDesk.Name, Package: whatspie.Package{Code: salesDesk.Package}})
				if test.fault.Method != "" {
					srv.Inject(test.fault)
				}
				start := time.Now()

				device, err := srv.Client().Devices.CreateConfirmed(t.Context(), salesDesk)

				require.NoError(t, err)
				assert.NotEqual(t, old, device.ID)
				assert.Equal(t, salesDesk.Package, device.Package.Code)
				assert.Equal(t, []string{"GET", "POST", "GET"}, methods(srv))
				assert.Zero(t, time.Since(start))
			})
		})
	}
}

// racing lets others create devices while our response is lost.
func racing(srv *whatspietest.Server, others ...whatspie.Device) whatspie.Option {
	inner := srv.Transport()
	return through(roundTripper(func(request *http.Request) (*http.Response, error) {
		response, err := inner.RoundTrip(request)
		if request.Method == http.MethodPost {
			for _, other := range others {
				srv.AddDevice(other)
			}
		}
		return response, err
	}))
}

func TestCreateConfirmedBesideARacingCreator(t *testing.T) {
	t.Parallel()
	startup := whatspie.Package{Code: whatspie.PackageStartup}
	tests := map[string]struct {
		opts       []whatspietest.Option
		others     []whatspie.Device
		created    bool
		candidates int
	}{
		"of another name":               {others: []whatspie.Device{{Name: "Support", Package: startup}}, created: true},
		"of another package":            {others: []whatspie.Device{{Name: salesDesk.Name, Package: whatspie.Package{Code: whatspie.PackageBeta}}}, created: true},
		"of the same name and package":  {others: []whatspie.Device{{Name: salesDesk.Name, Package: startup}}, candidates: 2},
		"of the same package, no names": {opts: []whatspietest.Option{whatspietest.WithoutNames()}, others: []whatspie.Device{{Package: startup}}, candidates: 2},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := whatspietest.NewServer(append(test.opts, whatspietest.WithoutSocket())...)
				srv.Inject(whatspietest.Fault{Method: "POST", Lose: true})

				device, err := srv.Client(racing(srv, test.others...)).Devices.CreateConfirmed(t.Context(), salesDesk)

				if test.created {
					require.NoError(t, err)
					assert.Equal(t, salesDesk.Name, device.Name)
					assert.Equal(t, int64(1), device.ID)
					return
				}
				require.ErrorIs(t, err, whatspie.ErrOutcomeUnknown)
				var unconfirmed *whatspie.UnconfirmedError
				require.ErrorAs(t, err, &unconfirmed)
				assert.Len(t, unconfirmed.Candidates, test.candidates)
				var failed *whatspie.APIError
				require.ErrorAs(t, err, &failed)
				assert.Equal(t, http.MethodPost, failed.Method)
				assert.Nil(t, device)
				assert.Contains(t, err.Error(), "2 new devices match the request")
			})
		})
	}
}

// lagging omits the new device from the first lists after a creation.
func lagging(srv *whatspietest.Server, lists int) whatspie.Option {
	inner, stale := srv.Transport(), []byte(nil)
	return through(roundTripper(func(request *http.Request) (*http.Response, error) {
		response, err := inner.RoundTrip(request)
		if err != nil || request.Method != http.MethodGet {
			return response, err
		}
		body, err := io.ReadAll(response.Body)
		if stale == nil {
			stale = body
		} else if lists > 0 {
			lists--
			body = stale
		}
		response.Body = io.NopCloser(bytes.NewReader(body))
		return response, err
	}))
}

func TestCreateConfirmedWaitsForASlowList(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		lists   int
		found   bool
		elapsed time.Duration
	}{
		"that catches up":    {3, true, 7 * time.Second},
		"that never does so": {100, false, 15 * time.Second},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := whatspietest.NewServer(whatspietest.WithoutSocket())
				srv.Inject(whatspietest.Fault{Method: "POST", Lose: true})
				start := time.Now()

				device, err := srv.Client(lagging(srv, test.lists)).Devices.CreateConfirmed(t.Context(), salesDesk)

				assert.Equal(t, test.elapsed, time.Since(start))
				if test.found {
					require.NoError(t, err)
					assert.Equal(t, int64(1), device.ID)
					return
				}
				var unconfirmed *whatspie.UnconfirmedError
				require.ErrorAs(t, err, &unconfirmed)
				assert.Empty(t, unconfirmed.Candidates)
			})
		})
	}
}

// Concurrent calls of one client would see each other's device as a candidate.
func TestCreateConfirmedOfOneClientTakeTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		srv.Inject(whatspietest.Fault{Method: "POST", Lose: true, Times: 3, Delay: time.Second})
		client := srv.Client()
		var mu sync.Mutex
		ids := map[int64]bool{}
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				device, err := client.Devices.CreateConfirmed(t.Context(), salesDesk)
				if assert.NoError(t, err) {
					mu.Lock()
					defer mu.Unlock()
					ids[device.ID] = true
				}
			})
		}
		waiting, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		synctest.Wait()
		_, err := client.Devices.CreateConfirmed(waiting, salesDesk)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		var failed *whatspie.APIError
		require.ErrorAs(t, err, &failed)
		assert.Zero(t, failed.Attempts, "nothing was sent while it waited for its turn")
		all.Wait()
		assert.Len(t, ids, 3)
	})
}
