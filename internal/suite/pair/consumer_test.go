package pair_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// An event must still be true when a slow consumer receives it.
func TestPair_skipsStaleEventsForSlowConsumer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		id := srv.AddDevice(whatspie.Device{})
		var kinds []whatspie.PairEventKind
		for event, err := range srv.Client().Devices.Pair(t.Context(), id) {
			require.NoError(t, err)
			kinds = append(kinds, event.Kind)
			if len(kinds) == 1 {
				time.Sleep(5 * time.Minute)
				srv.Scan(id)
				time.Sleep(4 * time.Second)
			}
		}
		assert.Equal(t, []whatspie.PairEventKind{whatspie.PairQR, whatspie.PairPaired}, kinds)
	})
}

// A consumer may modify the devices that it receives.
func TestPair_copiesDevices(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		id := srv.AddDevice(whatspie.Device{})
		client := srv.Client()
		time.AfterFunc(4*time.Second, func() {
			expired := `{"status":200,"data":{"id":1,"paired_status":"EXPIRED"}}`
			srv.Inject(whatspietest.Fault{Path: "/devices/1", Body: expired}) // for the second poll
		})
		time.AfterFunc(7*time.Second, func() { srv.Scan(id) })
		var loops sync.WaitGroup
		for range 2 {
			loops.Go(func() {
				var statuses []whatspie.PairedStatus
				for event, err := range client.Devices.Pair(t.Context(), id) {
					if assert.NoError(t, err) && event.Device != nil {
						assert.Equal(t, id, event.Device.ID)
						statuses = append(statuses, event.Device.PairedStatus)
						*event.Device = whatspie.Device{}
					}
				}
				assert.Equal(t, []whatspie.PairedStatus{whatspie.PairedStatusExpired, whatspie.PairedStatusPaired}, statuses)
			})
		}
		loops.Wait()
	})
}
