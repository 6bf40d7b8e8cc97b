package main

import (
	"context"
	"log/slog"

	"github.com/whatspie-go/whatspie"
)

// watch keeps the table and the gauges as the API shows the fleet, until the context ends.
func watch(ctx context.Context, client *whatspie.Client, db *store, metrics *metrics, log *slog.Logger) error {
	seen := map[int64]bool{}
	for event, err := range client.Devices.Watch(ctx) {
		if err != nil {
			return err
		}
		switch event.Kind {
		case whatspie.WatchDevice, whatspie.WatchAdded, whatspie.WatchChanged:
			seen[event.Device.ID] = true
			err = db.put(ctx, event.Device)
		case whatspie.WatchRemoved:
			delete(seen, event.Device.ID)
			err = db.remove(ctx, event.Device.ID)
		case whatspie.WatchSynced:
			metrics.up.Set(1)
			err = db.removeOthers(ctx, seen) // what was removed while this process was down
		case whatspie.WatchRetry:
			metrics.up.Set(0)
			log.Warn("cannot read the devices", "error", event.Err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
