// Command create makes a device on a package plan.
package main

import (
	"context"
	"fmt"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/examples/internal/demo"
)

func main() { demo.Main("create", run) }

func run(ctx context.Context, app demo.App) error {
	flags := app.Flags()
	code := flags.String("package", string(whatspie.PackageStartup), "package plan the device is billed on")
	name := flags.String("name", "Customer Service", "name of the device")
	if err := app.Parse(flags); err != nil {
		return err
	}
	session, err := demo.Open(app)
	if err != nil {
		return err
	}
	defer session.Close()

	device, err := session.Client.Devices.CreateConfirmed(ctx, whatspie.CreateDeviceRequest{
		Package: whatspie.PackageCode(*code),
		Name:    *name,
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(app.Stdout, "created device %d\n", device.ID)
	return err
}
