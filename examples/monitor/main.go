// Command monitor shows the account's devices in a live table: status, when monitor first saw that status, and quota used.
package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/examples/internal/demo"
)

func main() {
	demo.Main("monitor", "shows the account's devices in a live table: status, when monitor first saw that status, and quota used.", run)
}

func run(ctx context.Context, app demo.App) error {
	flags := app.Flags()
	period := flags.Duration("for", 0, "stop after this time; 0 means no limit")
	if err := app.Parse(flags); err != nil {
		return err
	}
	if *period < 0 {
		return fmt.Errorf("%w: -for must not be negative", demo.ErrUsage)
	}
	session, err := demo.OpenWithDevices(app)
	if err != nil {
		return err
	}
	defer session.Close()
	if session.Server != nil {
		stop := simulateChanges(session)
		defer stop()
	}
	watching, cancel := context.WithCancel(ctx)
	if *period > 0 {
		watching, cancel = context.WithTimeout(ctx, *period)
	}
	defer cancel()
	v := newView(app)
	defer v.close()
	if v.terminal && app.OnSuspend != nil {
		defer app.OnSuspend(v.pause, v.resume)()
	}
	for event, err := range session.Client.Devices.Watch(watching, whatspie.WithUsage()) {
		switch {
		case err != nil && ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded):
			return nil // -for has passed
		case err != nil:
			return err
		}
		if err := v.show(event); err != nil {
			return err
		}
	}
	return nil
}

// simulateChanges changes devices on the fake.
func simulateChanges(session *demo.Session) (stop func()) {
	const pause = 2 * time.Second
	const service, sales, night = 1, 2, 3
	server := session.Server
	timers := []*time.Timer{
		time.AfterFunc(1*pause, func() { server.Scan(sales) }),
		time.AfterFunc(2*pause, func() { server.Disconnect(service) }),
		time.AfterFunc(3*pause, func() { server.AddDevice(whatspie.Device{Name: "Warehouse"}) }),
		time.AfterFunc(4*pause, func() { server.Scan(service) }),
		time.AfterFunc(5*pause, func() { server.RemoveDevice(night) }),
	}
	return func() {
		for _, timer := range timers {
			timer.Stop()
		}
	}
}
