// Command composelint reads a compose file as Docker Compose does, and holds it to what a stack on one's own machine should be.
// It prints what is wrong, one to a line, and exits 1 then.
package main

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: composelint COMPOSE.yml")
		os.Exit(2)
	}
	wrong, err := lint(context.Background(), os.Args[1])
	if err != nil {
		wrong = append(wrong, err.Error())
	}
	for _, line := range wrong {
		fmt.Println(os.Args[1] + ": " + line)
	}
	if len(wrong) > 0 {
		os.Exit(1)
	}
}

// lint returns what is wrong with a compose file.
func lint(ctx context.Context, file string) ([]string, error) {
	options, err := cli.NewProjectOptions([]string{file}, cli.WithName("statsig_exporter"))
	if err != nil {
		return nil, err
	}
	project, err := options.LoadProject(ctx)
	if err != nil {
		return nil, err
	}
	var wrong []string
	for _, name := range project.ServiceNames() {
		service := project.Services[name]
		for _, problem := range slices.Concat(image(service), rights(service), ports(service), mounts(service, project.Volumes)) {
			wrong = append(wrong, name+": "+problem)
		}
	}
	if len(project.Services) == 0 {
		wrong = append(wrong, "there is no service")
	}
	return wrong, nil
}

// pinned matches the name of an image with a version or a digest.
var pinned = regexp.MustCompile(`:v?\d+\.\d+\.\d+|@sha256:[0-9a-f]{64}$`)

// image looks for images that change by themselves.
func image(s types.ServiceConfig) (wrong []string) {
	if s.Build == nil {
		if !pinned.MatchString(s.Image) {
			wrong = append(wrong, fmt.Sprintf("the image %q is not pinned to a version", s.Image))
		}
		return wrong
	}
	if _, err := os.Stat(s.Build.Context + "/" + s.Build.Dockerfile); err != nil {
		wrong = append(wrong, fmt.Sprintf("build: %v", err))
	}
	return wrong
}

// rights looks for what a service could do and need not.
func rights(s types.ServiceConfig) (wrong []string) {
	if !s.ReadOnly {
		wrong = append(wrong, "read_only is not set")
	}
	if !slices.Contains(s.SecurityOpt, "no-new-privileges:true") {
		wrong = append(wrong, "security_opt has no no-new-privileges:true")
	}
	if !slices.Equal(s.CapDrop, []string{"ALL"}) || len(s.CapAdd) > 0 || s.Privileged {
		wrong = append(wrong, "capabilities are not dropped")
	}
	return wrong
}

// ports looks for ports that others than this machine can reach.
func ports(s types.ServiceConfig) (wrong []string) {
	for _, port := range s.Ports {
		if port.HostIP != "127.0.0.1" {
			wrong = append(wrong, fmt.Sprintf("port %d is published on %q, not on 127.0.0.1", port.Target, port.HostIP))
		}
	}
	if s.NetworkMode != "" {
		wrong = append(wrong, "network_mode is set")
	}
	return wrong
}

// mounts looks for paths that are not there, and for files of the repository that a service could change.
func mounts(s types.ServiceConfig, volumes types.Volumes) (wrong []string) {
	for _, mount := range s.Volumes {
		switch mount.Type {
		case types.VolumeTypeBind:
			if _, err := os.Stat(mount.Source); err != nil {
				wrong = append(wrong, fmt.Sprintf("mount at %s: %v", mount.Target, err))
			}
			if !mount.ReadOnly {
				wrong = append(wrong, fmt.Sprintf("the mount at %s can be written", mount.Target))
			}
			if strings.HasSuffix(mount.Source, ".sock") {
				wrong = append(wrong, fmt.Sprintf("the mount at %s is a socket of the host", mount.Target))
			}
		case types.VolumeTypeVolume:
			if _, ok := volumes[mount.Source]; !ok {
				wrong = append(wrong, fmt.Sprintf("the volume %q at %s is not declared", mount.Source, mount.Target))
			}
		}
	}
	return wrong
}
