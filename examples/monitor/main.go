// Command monitor shows the fleet as a live table: who is connected, since when, and how much of the quota is used.
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
	demo.Main("monitor", "shows the fleet as a live table: who is connected, since when, and how much of the quota is used.", run)
}

func run(ctx context.Context, app demo.App) error {
	flags := app.Flags()
	period := flags.Duration("for", 0, "stop after this time; 0 goes on until Ctrl-C")
	if err := app.Parse(flags); err != nil {
		return err
	}
	if *period < 0 {
		return fmt.Errorf("%w: -for cannot be negative", demo.ErrUsage)
	}
	session, err := demo.OpenFleet(app)
	if err != nil {
		return err
	}
	defer session.Close()
	if session.Server != nil {
		stop := play(session)
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
			return nil // the requested period has passed
		case err != nil:
			return err
		}
		if err := v.show(event); err != nil {
			return err
		}
	}
	return nil
}

// play changes devices on the demo server.
func play(session *demo.Session) (stop func()) {
	const beat = 2 * time.Second
	const service, sales, night = 1, 2, 3
	server := session.Server
	timers := []*time.Timer{
		time.AfterFunc(1*beat, func() { server.Scan(sales) }),
		time.AfterFunc(2*beat, func() { server.Disconnect(service) }),
		time.AfterFunc(3*beat, func() { server.AddDevice(whatspie.Device{Name: "Warehouse"}) }),
		time.AfterFunc(4*beat, func() { server.Scan(service) }),
		time.AfterFunc(5*beat, func() { server.RemoveDevice(night) }),
	}
	return func() {
		for _, timer := range timers {
			timer.Stop()
		}
	}
}
