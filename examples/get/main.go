// Command get shows one device.
package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/whatspie-go/whatspie/examples/internal/demo"
)

func main() { demo.Main("get", run) }

func run(ctx context.Context, app demo.App) error {
	flags := app.Flags()
	id := flags.Int64("id", 1, "ID of the device")
	if err := app.Parse(flags); err != nil {
		return err
	}
	session, err := demo.OpenFleet(app)
	if err != nil {
		return err
	}
	defer session.Close()

	device, err := session.Client.Devices.Get(ctx, *id)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(app.Stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(table, "ID\t%d\nname\t%s\nphone\t%s\nstatus\t%s\npaired\t%s\npackage\t%s\nserver\t%s\ncreated\t%s\n",
		device.ID, demo.Or(device.Name), demo.Or(device.Phone), demo.Or(string(device.Status)),
		demo.Or(string(device.PairedStatus)), demo.Or(string(device.Package.Code)), demo.Or(device.Server.Name),
		device.CreatedAt.Format(time.RFC3339)) // Flush reports what fails
	return table.Flush()
}
