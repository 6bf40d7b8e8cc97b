// Command pair connects a phone to a device. It shows the QR code in the terminal, replaces it when it expires, and
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

// With the fake, the first code expires, and the second is scanned.
const (
	fakeLifetime = 4 * time.Second
	fakeScan     = 2 * time.Second
)

func main() {
	demo.Main("pair", "connects a phone to a device. It shows QR codes until the phone is connected.", run)
}

type flags struct {
	code, name string
	id         int64
	png        demo.CodeFile
}

func parse(app demo.App) (flags, error) {
	var f flags
	set := app.Flags()
	set.StringVar(&f.code, "package", "",
		"create a device on the package with this `code`; the default with the fake is "+string(whatspie.PackageStartup))
	set.StringVar(&f.name, "name", "", "create a device with this `name`; the default with the fake is Customer Service")
	set.Int64Var(&f.id, "id", 0, "`ID` of an existing device")
	set.StringVar(&f.png.Name, "png", "", "also write the code to this `file`, and remove it when the code expires")
	if err := app.Parse(set); err != nil {
		return f, err
	}
	err := app.CheckDevice(f.id, f.name, f.code)
	f.code, f.name = cmp.Or(f.code, string(whatspie.PackageStartup)), cmp.Or(f.name, "Customer Service")
	return f, err
}

func run(ctx context.Context, app demo.App) error {
	f, err := parse(app)
	if err != nil {
		return err
	}
	session, err := demo.Open(app, whatspietest.WithQRLifetime(fakeLifetime))
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
	app.Logf("Created device %d on %s.", device.ID, f.code)
	return device.ID, nil
}

// pair shows the events of Pair.
func pair(ctx context.Context, app demo.App, session *demo.Session, f flags) error {
	screen := newScreen(app, f.png.Name)
	defer screen.close()
	defer f.png.Remove()
	if screen.terminal && app.OnSuspend != nil {
		defer app.OnSuspend(screen.pause, screen.resume)()
	}
	var opts []whatspie.PairOption
	if session.Server != nil {
		opts = append(opts, whatspie.WithQRLifetime(fakeLifetime), whatspie.WithQRRecheck(time.Second))
		app.Logf("With the fake, a code is valid for %v. WhatsApp's first code is valid for a minute.", fakeLifetime)
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
			if event.Sequence > 1 { // the fake lets the first code expire
				scanLater(session, f.id)
			}
		case whatspie.PairQRExpired:
			f.png.Remove()
			screen.expire(event)
		case whatspie.PairRetry:
			screen.note("Retrying: " + demo.Printable(event.Err.Error()))
		case whatspie.PairStatus:
			screen.note("Device status: " + demo.OrDash(string(event.Device.PairedStatus)) + ".")
		case whatspie.PairPaired:
			screen.close()
			return connected(app, event.Device)
		}
		if err := screen.err(); err != nil {
			return err
		}
	}
	return errors.New("the pairing ended without a result")
}

func connected(app demo.App, device *whatspie.Device) error {
	_, err := fmt.Fprintf(app.Stdout, "Connected: device %d is paired with %s.\n", device.ID, demo.OrDash(device.Phone))
	return err
}

// scanLater simulates a phone that scans the code of the fake.
func scanLater(session *demo.Session, id int64) {
	if session.Server != nil {
		time.AfterFunc(fakeScan, func() { session.Server.Scan(id) })
	}
}
