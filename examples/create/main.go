// Command create creates a device on a package plan.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/examples/internal/demo"
)

func main() {
	log.SetFlags(0)
	flag.Usage = func() {
		log.Print("create creates a device, which costs money.\n\nusage: create -package CODE -name NAME")
		flag.PrintDefaults()
	}
	code := flag.String("package", "", "`code` of the package that the device is billed on, such as STARTUP240K")
	name := flag.String("name", "", "`name` of the device")
	flag.Parse()
	client := demo.Client("package=STARTUP240K", "name=Customer Service") // in your program: client, err := whatspie.NewClientFromEnv()
	if *code == "" || *name == "" || flag.NArg() > 0 {
		log.Print("create needs -package and -name, and takes no arguments.\n\n")
		flag.Usage()
		os.Exit(2)
	}

	device, err := client.Devices.CreateConfirmed(context.Background(), whatspie.CreateDeviceRequest{
		Package: whatspie.PackageCode(*code),
		Name:    *name,
	})
	switch {
	case errors.Is(err, whatspie.ErrOutcomeUnknown), errors.Is(err, whatspie.ErrDeviceUnidentified):
		log.Fatalf("A device may have been created. List the devices before you try again: %v", err)
	case errors.Is(err, whatspie.ErrInvalidPackage):
		log.Fatalf("The API rejected the package. The documented packages are %s.", packageCodes())
	case errors.Is(err, whatspie.ErrDeviceLimit):
		log.Fatal("The account has reached its device limit.")
	case err != nil:
		log.Fatal(err)
	}
	if _, err := fmt.Printf("created device %d\n", device.ID); err != nil {
		log.Fatal(err)
	}
}

func packageCodes() string {
	packages := whatspie.Packages()
	codes := make([]string, len(packages))
	for i, p := range packages {
		codes[i] = string(p.Code)
	}
	return strings.Join(codes, ", ")
}
