package watch_test

import (
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// A device is removed if the API responds that it does not exist, or if three lists in a row omit it.
func TestWatch_reportsRemoval(t *testing.T) {
	t.Parallel()
	const one, two = `{"id":1,"paired_status":"UNPAIRED"}`, `{"id":2,"paired_status":"UNPAIRED"}`
	complete := wiretest.OK(`{"status":200,"data":[` + one + "," + two + `]}`)
	partial := wiretest.OK(`{"status":200,"message":"OK","data":[` + two + `]}`)
	empty := wiretest.OK(`{"status":200,"message":"OK","data":[]}`)
	null := wiretest.OK(`{"status":200,"message":"OK","data":null}`)
	cut := wiretest.Reply{Status: 200, Cut: true, Body: `{"status":200,"data":[` + two}
	exists := wiretest.OK(`{"status":200,"data":` + one + `}`)
	once := []wiretest.Reply{partial}
	notFound := func(body string) wiretest.Reply { return wiretest.Reply{Status: 404, Body: body} }
	failed := []string{"retry", "synced"}
	removed := []string{"1 removed", "1 added UNPAIRED"}
	tests := map[string]struct {
		lists  []wiretest.Reply // between two complete lists
		device wiretest.Reply   // response to the request for device 1
		want   []string
	}{
		"one list without it":    {lists: once, device: exists},
		"two lists without it":   {lists: []wiretest.Reply{partial, partial}, device: exists},
		"three lists without it": {lists: []wiretest.Reply{partial, partial, partial}, device: exists, want: removed},
		"three lists without it, and a 502": {
			lists:  []wiretest.Reply{partial, {Status: 502}, partial, partial},
			device: exists,
			want:   slices.Concat(failed, removed),
		},
		"complete list in between":   {lists: []wiretest.Reply{partial, partial, complete, partial, partial}, device: exists},
		"empty list":                 {lists: []wiretest.Reply{empty}, device: exists},
		"null list":                  {lists: []wiretest.Reply{null}, device: exists},
		"cut list":                   {lists: []wiretest.Reply{cut}, want: failed},
		"list refused":               {lists: []wiretest.Reply{wiretest.OK(`{"message":"Unauthenticated."}`)}, want: failed},
		"device 404 with code":       {lists: once, device: notFound(`{"code":404}`), want: removed},
		"device 404 with message":    {lists: once, device: notFound(`{"message":"Device not found"}`), want: removed},
		"proxy's JSON 404":           {lists: once, device: notFound(`{"message":"Not found"}`)},
		"device 404 HTML":            {lists: once, device: notFound("<html>")},
		"device 503":                 {lists: once, device: wiretest.Reply{Status: 503}},
		"no response for the device": {lists: once, device: wiretest.Reply{Stall: true}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				lists := wiretest.NewScript(append(append([]wiretest.Reply{complete}, test.lists...), complete)...)
				device := wiretest.NewScript(test.device)
				transport := wiretest.RoundTripFunc(func(r *http.Request) (*http.Response, error) {
					if r.URL.Path == "/devices" {
						return lists.RoundTrip(r)
					}
					return device.RoundTrip(r)
				})
				client := wiretest.NewClient(t, wiretest.WithTransport(transport))
				events := wiretest.WithoutTimes(wiretest.Watch(t, client, 40*time.Second))
				assert.Equal(t, append([]string{"1 UNPAIRED", "2 UNPAIRED", "synced"}, test.want...), events)
			})
		})
	}
}

// If all devices disappear, each is requested, a limited number per poll.
func TestWatch_reportsRemovalOfAllDevices(t *testing.T) {
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
		assert.Equal(t, 20, gets, "ten after each of two lists")
	})
}

// A cut list does not hide a removal from the next complete list.
func TestWatch_reportsRemovalAfterCutList(t *testing.T) {
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
