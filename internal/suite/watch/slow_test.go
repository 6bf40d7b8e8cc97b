package watch_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// A slow consumer receives merged changes. It may modify the devices that it receives.
func TestWatch_mergesChangesForSlowConsumer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		for _, name := range []string{"changes twice", "changes once", "is removed", "returns"} {
			srv.AddDevice(whatspie.Device{Name: name, Phone: "62811"})
		}
		at := func(seconds int, change func()) { time.AfterFunc(time.Duration(seconds)*time.Second, change) }
		at(1, func() { srv.Scan(1); srv.Scan(2); srv.Scan(3) })
		at(4, func() {
			srv.Disconnect(1)
			srv.Suspend(2)
			srv.RemoveDevice(3)
			srv.RemoveDevice(4)
			srv.AddDevice(whatspie.Device{ID: 9})
		})
		at(7, func() {
			srv.RemoveDevice(9)
			srv.AddDevice(whatspie.Device{ID: 4, Name: "returns", Phone: "62811", PairedStatus: whatspie.PairedStatusExpired})
			srv.Inject(whatspietest.Fault{Path: "/devices", Times: 2, Status: 503})
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var events []string
		for event, err := range srv.Client().Devices.Watch(ctx) {
			if err != nil {
				break
			}
			events = append(events, wiretest.Describe(event))
			if event.Kind == whatspie.WatchSynced && len(events) == 5 {
				time.Sleep(40 * time.Second)
			}
			if event.Device != nil {
				event.Device.PairedStatus = "modified"
			}
		}
		assert.Equal(t, []string{"1 UNPAIRED", "2 UNPAIRED", "3 UNPAIRED", "4 UNPAIRED", "synced"}, events[:5])
		merged := []string{"2 UNPAIRED to SUSPENDED", "3 removed", "4 UNPAIRED to EXPIRED", "retry", "synced"}
		assert.ElementsMatch(t, merged, events[5:])
		assert.Equal(t, "synced", events[len(events)-1])
	})
}
