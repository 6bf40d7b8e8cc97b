package watch_test

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

// A device is removed if the API says so, or if three lists in a row lack it.
func TestWatchRemoved(t *testing.T) {
	t.Parallel()
	const one, two = `{"id":1,"paired_status":"UNPAIRED"}`, `{"id":2,"paired_status":"UNPAIRED"}`
	whole, without := wiretest.OK(`{"status":200,"data":[`+one+","+two+`]}`), wiretest.OK(`{"status":200,"message":"OK","data":[`+two+`]}`)
	there := wiretest.OK(`{"status":200,"data":` + one + `}`)
	tests := map[string]struct {
		lists []wiretest.Reply // between two complete lists
		check wiretest.Reply   // response for device 1
		want  []string
	}{
		"not after one list":      {lists: []wiretest.Reply{without}, check: there},
		"not after two lists":     {lists: []wiretest.Reply{without, without}, check: there},
		"not after an empty list": {lists: []wiretest.Reply{wiretest.OK(`{"status":200,"message":"OK","data":[]}`)}, check: there},
		"not after a null list":   {lists: []wiretest.Reply{wiretest.OK(`{"status":200,"message":"OK","data":null}`)}, check: there},
		"not after a cut list": {
			lists: []wiretest.Reply{{Status: 200, Cut: true, Body: `{"status":200,"data":[` + two}},
			want:  []string{"retry", "synced"},
		},
		"not after a refusal":       {lists: []wiretest.Reply{wiretest.OK(`{"message":"Unauthenticated."}`)}, want: []string{"retry", "synced"}},
		"after three lists":         {lists: []wiretest.Reply{without, without, without}, check: there, want: []string{"1 removed", "1 added UNPAIRED"}},
		"after three with a retry":  {lists: []wiretest.Reply{without, {Status: 502}, without, without}, check: there, want: []string{"retry", "synced", "1 removed", "1 added UNPAIRED"}},
		"not after two with a list": {lists: []wiretest.Reply{without, without, whole, without, without}, check: there},
		"after the API's 404":       {lists: []wiretest.Reply{without}, check: wiretest.Reply{Status: 404, Body: `{"code":404}`}, want: []string{"1 removed", "1 added UNPAIRED"}},
		"after another 404 of it":   {lists: []wiretest.Reply{without}, check: wiretest.Reply{Status: 404, Body: `{"message":"Not found"}`}, want: []string{"1 removed", "1 added UNPAIRED"}},
		"not after a proxy's 404":   {lists: []wiretest.Reply{without}, check: wiretest.Reply{Status: 404, Body: "<html>"}},
		"not after a failing check": {lists: []wiretest.Reply{without}, check: wiretest.Reply{Status: 503}},
		"not after a hanging check": {lists: []wiretest.Reply{without}, check: wiretest.Reply{Stall: true}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				lists, check := wiretest.NewScript(append(append([]wiretest.Reply{whole}, test.lists...), whole)...), wiretest.NewScript(test.check)
				client := wiretest.NewClient(t, wiretest.WithTransport(wiretest.RoundTripFunc(func(r *http.Request) (*http.Response, error) {
					if r.URL.Path == "/devices" {
						return lists.RoundTrip(r)
					}
					return check.RoundTrip(r)
				})))
				events := wiretest.WithoutTimes(wiretest.Watch(t, client, 40*time.Second))
				assert.Equal(t, append([]string{"1 UNPAIRED", "2 UNPAIRED", "synced"}, test.want...), events)
			})
		})
	}
}

// An emptied account is reported soon, with a limited number of requests per poll.
func TestWatchRemovedAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const devices = 100
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		for range devices {
			srv.AddDevice(whatspie.Device{})
		}
		time.AfterFunc(time.Second, func() {
			for id := range int64(devices) {
				srv.RemoveDevice(id + 1)
			}
		})
		events := wiretest.Watch(t, srv.Client(), 20*time.Second)
		require.Len(t, events, 2*devices+1)
		assert.Contains(t, events[devices+1], "3 1 removed")
		assert.Contains(t, events[2*devices], "9 ")
		_, gets := wiretest.CountStatusRequests(srv)
		assert.Equal(t, 20, gets, "ten beside each of two lists")
	})
}

// A cut list must not hide a removal from the next complete one.
func TestWatchRemovedAfterCutList(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		for range 3 {
			srv.AddDevice(whatspie.Device{})
		}
		time.AfterFunc(time.Second, func() { srv.Inject(whatspietest.Fault{Truncate: 700}) })
		time.AfterFunc(4*time.Second, func() { srv.RemoveDevice(1) })
		assert.Equal(t, []string{"1 UNPAIRED", "2 UNPAIRED", "3 UNPAIRED", "synced", "retry", "1 removed", "synced"},
			wiretest.WithoutTimes(wiretest.Watch(t, srv.Client(), 10*time.Second)))
	})
}

func TestWatchEnds(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault whatspietest.Fault
		want  error // nil if the loop continues
	}{
		"401":                     {whatspietest.Fault{Status: 401, Body: `{"code":401,"message":"Unauthorized"}`}, whatspie.ErrUnauthorized},
		"401 of a proxy":          {whatspietest.Fault{Status: 401, Body: `<html>`}, whatspie.ErrUnauthorized},
		"403 under 200":           {whatspietest.Fault{Body: `{"code":403,"message":"Forbidden"}`}, whatspie.ErrForbidden},
		"400":                     {whatspietest.Fault{Status: 400, Body: `{"code":400,"message":"Bad"}`}, whatspie.ErrBadRequest},
		"404":                     {whatspietest.Fault{Status: 404, Body: `{"code":404,"message":"Device not found"}`}, whatspie.ErrDeviceNotFound},
		"404 in HTML":             {whatspietest.Fault{Status: 404, Body: `<html>`}, nil},
		"404 in text":             {whatspietest.Fault{Status: 404, Body: `404 page not found`}, nil},
		"404 without a body":      {whatspietest.Fault{Status: 404, Body: ` `}, nil},
		"404 cut":                 {whatspietest.Fault{Status: 404, Body: `{"code":404,"message":"Device not found"}`, Truncate: 10}, nil},
		"403 challenge":           {whatspietest.Fault{Status: 403, Body: `<html>Just a moment...`}, nil},
		"400 in HTML":             {whatspietest.Fault{Status: 400, Body: `<html>400 Bad Request`}, nil},
		"421":                     {whatspietest.Fault{Status: 421, Body: `Misdirected Request`}, nil},
		"520":                     {whatspietest.Fault{Status: 520, Body: `error code: 520`}, nil},
		"maintenance page":        {whatspietest.Fault{Status: 200, Body: `<html>Back soon`}, nil},
		"empty success":           {whatspietest.Fault{Status: 200, Body: ` `}, nil},
		"connection cut":          {whatspietest.Fault{Drop: true}, nil},
		"server error in the API": {whatspietest.Fault{Status: 500, Body: `{"code":500,"message":"Oops"}`}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := whatspietest.NewServer(whatspietest.WithoutSocket())
				srv.AddDevice(whatspie.Device{})
				test.fault.Path, test.fault.Times = "/devices", -1
				time.AfterFunc(time.Second, func() { srv.Inject(test.fault) })
				time.AfterFunc(11*time.Second, srv.ClearFaults)
				synced := 0
				var events []string
				var end error
				for event, err := range srv.Client().Devices.Watch(t.Context()) {
					if err != nil {
						end = err
						continue
					}
					events = append(events, wiretest.Describe(event))
					if event.Kind == whatspie.WatchSynced {
						synced++
					}
					if synced == 2 {
						break
					}
				}
				require.ErrorIs(t, end, test.want)
				if test.want != nil {
					assert.Equal(t, []string{"1 UNPAIRED", "synced"}, events)
					return
				}
				require.NoError(t, end)
				assert.Equal(t, []string{"1 UNPAIRED", "synced", "retry"}, events[:3])
				assert.Equal(t, "synced", events[len(events)-1])
			})
		})
	}
}
