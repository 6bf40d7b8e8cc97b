// Command pair connects a phone to a device: it shows the QR code in the terminal, replaces it when it expires, and
// ends when the phone is connected.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/examples/internal/demo"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// Timing of the demo: the first code expires, the second is scanned.
const (
	demoLifetime = 4 * time.Second
	demoScan     = 2 * time.Second
)

func main() {
	demo.Main("pair", "connects a phone to a device: it shows each QR code until the phone is connected.", run)
}

type flags struct {
	code, name string
	id         int64
	png        demo.CodeFile
}

func parse(app demo.App) (flags, error) {
	var f flags
	set := app.Flags()
	set.StringVar(&f.code, "package", "", "create a device; `code` of the package that it is billed on (default "+string(whatspie.PackageStartup)+")")
	set.StringVar(&f.name, "name", "", "create a device; its `name` (default Customer Service)")
	set.Int64Var(&f.id, "id", 0, "connect this device instead of creating one")
	set.StringVar(&f.png.Name, "png", "", "also write the current code to this `file`, which is removed when the code expires")
	err := app.Parse(set)
	isNew := f.code != "" || f.name != ""
	switch {
	case err != nil:
	case f.id < 0:
		err = fmt.Errorf("%w: -id is a positive number", demo.ErrUsage)
	case f.id != 0 && isNew:
		err = fmt.Errorf("%w: -id takes an existing device, -name and -package create one: give one of them", demo.ErrUsage)
	case f.id == 0 && !isNew && app.Account != nil:
		err = fmt.Errorf("%w: which device? Give -id, or -name and -package to create one, which costs money", demo.ErrUsage)
	}
	f.code, f.name = cmp.Or(f.code, string(whatspie.PackageStartup)), cmp.Or(f.name, "Customer Service")
	return f, err
}

func run(ctx context.Context, app demo.App) error {
	f, err := parse(app)
	if err != nil {
		return err
	}
	session, err := demo.Open(app, whatspietest.WithQRLifetime(demoLifetime))
	if err != nil {
		return err
	}
	defer session.Close()
	if f.id == 0 {
		if f.id, err = create(ctx, app, session.Client, f); err != nil {
			return err
		}
	} else if session.Server != nil {
		session.Server.AddDevice(whatspie.Device{ID: f.id, Name: f.name})
	}
	return pair(ctx, app, session, f)
}

func create(ctx context.Context, app demo.App, client *whatspie.Client, f flags) (int64, error) {
	device, err := client.Devices.CreateConfirmed(ctx, whatspie.CreateDeviceRequest{
		Package: whatspie.PackageCode(f.code),
		Name:    f.name,
	})
	if err != nil {
		return 0, err
	}
	app.Remarkf("Created device %d on %s.", device.ID, f.code)
	return device.ID, nil
}

// pair runs the loop and shows its events.
func pair(ctx context.Context, app demo.App, session *demo.Session, f flags) error {
	screen := newScreen(app, f.png.Name)
	defer screen.close()
	defer f.png.Remove()
	if screen.terminal && app.OnSuspend != nil {
		defer app.OnSuspend(screen.pause, screen.resume)()
	}
	var opts []whatspie.PairOption
	if session.Server != nil {
		opts = append(opts, whatspie.WithQRLifetime(demoLifetime), whatspie.WithQRRecheck(time.Second))
		app.Remarkf("A code lives for %v here, to keep this short. WhatsApp's first code lives for a minute.", demoLifetime)
	}
	for event, err := range session.Client.Devices.Pair(ctx, f.id, opts...) {
		if err != nil {
			return err
		}
		switch event.Kind {
		case whatspie.PairQR:
			err := errors.Join(screen.show(event), f.png.Write(event.QR))
			if errors.Is(err, errNoRoom) {
				screen.close()
				return servePage(ctx, app, session, f.id)
			}
			if err != nil {
				return err
			}
			if event.Sequence > 1 { // the demo lets the first code expire
				scanLater(session, f.id)
			}
		case whatspie.PairQRExpired:
			f.png.Remove()
			screen.expire(event)
		case whatspie.PairRetry:
			screen.note("For the moment: " + demo.Printable(event.Err.Error()))
		case whatspie.PairStatus:
			screen.note("The device is now " + demo.Or(string(event.Device.PairedStatus)) + ".")
		case whatspie.PairPaired:
			screen.close()
			return connected(app, event.Device)
		}
		if err := screen.err(); err != nil {
			return err
		}
	}
	return errors.New("the loop ended without a word")
}

func connected(app demo.App, device *whatspie.Device) error {
	_, err := fmt.Fprintf(app.Stdout, "Connected: device %d is paired with %s.\n", device.ID, demo.Or(device.Phone))
	return err
}

// scanLater simulates the phone.
func scanLater(session *demo.Session, id int64) {
	if session.Server != nil {
		time.AfterFunc(demoScan, func() { session.Server.Scan(id) })
	}
}
