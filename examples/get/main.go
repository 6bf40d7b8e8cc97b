// Command get shows one device.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/examples/internal/demo"
)

func main() {
	log.SetFlags(0)
	flag.Usage = func() {
		log.Print("get shows one device.\n\nusage: get -id ID")
		flag.PrintDefaults()
	}
	id := flag.Int64("id", 0, "`ID` of the device")
	flag.Parse()
	client := demo.Client("id=1") // in your program: client, err := whatspie.NewClientFromEnv()
	if *id < 1 || flag.NArg() > 0 {
		log.Print("get needs -id with a positive number, and takes no arguments.\n\n")
		flag.Usage()
		os.Exit(2)
	}

	device, err := client.Devices.Get(context.Background(), *id)
	switch {
	case errors.Is(err, whatspie.ErrDeviceNotFound):
		log.Fatalf("The account has no device %d.", *id)
	case err != nil:
		log.Fatal(err)
	}
	// %q escapes control characters, which could manipulate the terminal.
	_, err = fmt.Printf("ID       %d\nname     %q\nphone    %q\nstatus   %q\n"+
		"paired   %q\npackage  %q\nserver   %q\ncreated  %s\n",
		device.ID, device.Name, device.Phone, device.Status, device.PairedStatus, device.Package.Code, device.Server.Name,
		device.CreatedAt.Format(time.RFC3339))
	if err != nil {
		log.Fatal(err)
	}
}
