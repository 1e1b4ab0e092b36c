# Written by bake. By hand: packer init . && packer build image.pkr.hcl, then second-boot/verify.pkr.hcl
packer {
  required_version = ">= 1.9.0"
  required_plugins {
    amazon = {
      source  = "github.com/hashicorp/amazon"
      version = ">= 1.3.0"
    }
  }
}

variable "run" {
  type        = string
  default     = "by-hand"
  description = "Tag of everything this build makes, to find the leftovers of a killed run."
}

variable "ssh_port" {
  type    = number
  default = 22
}

# Together four hours, because the snapshot of a large volume can take that long.
variable "poll_seconds" {
  type    = number
  default = 15
}

variable "polls" {
  type    = number
  default = 960
}

variable "source_cidrs" {
  type        = list(string)
  default     = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]
  description = "Networks that may reach the instance by SSH."
  validation {
    condition     = length(var.source_cidrs) > 0 && length([for cidr in var.source_cidrs : cidr if cidr == "0.0.0.0/0" || cidr == "::/0"]) == 0
    error_message = "The instance must not be open to the world."
  }
}

variable "ami_name" {
  type    = string
  default = "bakery-ubuntu2404-x86_64-3.15.1-0123456789ab"
}

variable "fingerprint" {
  type        = string
  default     = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
  description = "The tag by which bake finds the image. bake leaves it empty and sets the tag after it has stored all reports."
}

locals {
  run_tags = {
    "Name"          = "bake ubuntu2404 x86_64"
    "bakery:run"    = var.run
    "bakery:target" = "ubuntu2404-x86_64-3.15.1"
  }

  image_tags = {
    "bakery:run"                   = var.run
    "bakery:fingerprint"           = var.fingerprint
    "bakery:channel-history"       = ""
    "bakery:recipe"                = "recipes/standard.yaml"
    "parallelcluster:build_status" = "available"
    "parallelcluster:image_id"     = "bakery-ubuntu2404-x86-64-3-15-1-0123456789ab"
    "parallelcluster:os"           = "ubuntu2404"
    "parallelcluster:parent_image" = "ami-0123456789abcdef0"
    "parallelcluster:version"      = "3.15.1"
  }
}

source "amazon-ebs" "image" {
  region          = "us-east-1"
  source_ami      = "ami-0123456789abcdef0"
  ami_name        = var.ami_name
  ami_description = "AWS ParallelCluster AMI"
  imds_support    = "v2.0"
  tags            = local.image_tags
  snapshot_tags   = local.image_tags

  instance_type                         = "c5.xlarge"
  iam_instance_profile                  = "EC2InstanceProfileForImageBuilder"
  associate_public_ip_address           = false
  shutdown_behavior                     = "terminate"
  run_tags                              = local.run_tags
  run_volume_tags                       = local.run_tags
  temporary_security_group_source_cidrs = var.source_cidrs

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  communicator              = "ssh"
  ssh_interface             = "private_ip"
  ssh_username              = "ubuntu"
  ssh_port                  = var.ssh_port
  ssh_timeout               = "15m"
  ssh_clear_authorized_keys = true
  temporary_key_pair_name   = "bakery-run-${var.run}-${"bakery-ubuntu2404-x86_64-3.15.1-0123456789ab"}"
  temporary_key_pair_type   = "ed25519"

  aws_polling {
    delay_seconds = var.poll_seconds
    max_attempts  = var.polls
  }

  # Encrypted from the start: encrypting the finished image would need another copy.
  launch_block_device_mappings {
    device_name           = "/dev/xvda"
    volume_type           = "gp3"
    encrypted             = true
    delete_on_termination = true
    volume_size           = "40"
  }
}

build {
  sources = ["source.amazon-ebs.image"]

  # The staging folder of files. Each file is uploaded before its step, which checks its digest and removes it.
  provisioner "shell" {
    inline          = ["sudo -n install -d -m 0700 -o \"$(id -u)\" /opt/bakery/staging"]
    execute_command = "/bin/bash '{{ .Path }}'"
  }

  # The first failure ends the build.
  provisioner "shell" {
    script          = "${path.root}/${"steps/01-library.sh"}"
    execute_command = "sudo -n /bin/bash '{{ .Path }}'"
  }
  provisioner "shell" {
    script          = "${path.root}/${"steps/02-trust-cas.sh"}"
    execute_command = "sudo -n /bin/bash '{{ .Path }}'"
  }
  provisioner "shell" {
    script          = "${path.root}/${"steps/03-preflight.sh"}"
    execute_command = "sudo -n /bin/bash '{{ .Path }}'"
  }
  provisioner "shell" {
    script          = "${path.root}/${"steps/04-mirrors-keys.sh"}"
    execute_command = "sudo -n /bin/bash '{{ .Path }}'"
  }
  provisioner "shell" {
    script          = "${path.root}/${"steps/05-mirrors.sh"}"
    execute_command = "sudo -n /bin/bash '{{ .Path }}'"
  }
  provisioner "shell" {
    script          = "${path.root}/${"steps/06-mirrors-policy.sh"}"
    execute_command = "sudo -n /bin/bash '{{ .Path }}'"
  }
  provisioner "shell" {
    script          = "${path.root}/${"steps/07-settings-reader.sh"}"
    execute_command = "sudo -n /bin/bash '{{ .Path }}'"
  }
  provisioner "shell" {
    script          = "${path.root}/${"steps/08-indexes.sh"}"
    execute_command = "sudo -n /bin/bash '{{ .Path }}'"
  }
  provisioner "shell" {
    script          = "${path.root}/${"steps/09-indexes-environment.sh"}"
    execute_command = "sudo -n /bin/bash '{{ .Path }}'"
  }
  provisioner "shell" {
    script          = "${path.root}/${"steps/10-proxy.sh"}"
    execute_command = "sudo -n /bin/bash '{{ .Path }}'"
  }
  provisioner "shell" {
    script          = "${path.root}/${"steps/11-trust-anchors.sh"}"
    execute_command = "sudo -n /bin/bash '{{ .Path }}'"
  }
  provisioner "shell" {
    script          = "${path.root}/${"steps/12-trust-extract.sh"}"
    execute_command = "sudo -n /bin/bash '{{ .Path }}'"
  }
  provisioner "shell" {
    script          = "${path.root}/${"steps/13-trust-stores.sh"}"
    execute_command = "sudo -n /bin/bash '{{ .Path }}'"
  }
  provisioner "shell" {
    script          = "${path.root}/${"steps/14-trust-settings.sh"}"
    execute_command = "sudo -n /bin/bash '{{ .Path }}'"
  }
  provisioner "file" {
    source      = "${path.root}/${"files/f6d21d7397af2805a25d73965775f29803f4a7659797c8529a4c05351dc51810"}"
    destination = "/opt/bakery/staging/f6d21d7397af2805a25d73965775f29803f4a7659797c8529a4c05351dc51810"
  }
  provisioner "shell" {
    script          = "${path.root}/${"steps/15-asset-tool.sh"}"
    execute_command = "sudo -n /bin/bash '{{ .Path }}'"
  }
  provisioner "file" {
    source      = "${path.root}/${"files/bff4a7f0f2ef53c4f9eb967427c3046b215c3895ed4f4428b28f91b137a1adae"}"
    destination = "/opt/bakery/staging/bff4a7f0f2ef53c4f9eb967427c3046b215c3895ed4f4428b28f91b137a1adae"
  }
  provisioner "shell" {
    script          = "${path.root}/${"steps/16-asset-notes.sh"}"
    execute_command = "sudo -n /bin/bash '{{ .Path }}'"
  }
  provisioner "shell" {
    script          = "${path.root}/${"steps/17-assets-manifest.sh"}"
    execute_command = "sudo -n /bin/bash '{{ .Path }}'"
  }
  provisioner "shell" {
    script          = "${path.root}/${"steps/18-packages-before.sh"}"
    execute_command = "sudo -n /bin/bash '{{ .Path }}'"
  }
  provisioner "shell" {
    script          = "${path.root}/${"steps/19-packages-upgrade.sh"}"
    execute_command = "sudo -n /bin/bash '{{ .Path }}'"
  }
  provisioner "shell" {
    script          = "${path.root}/${"steps/20-packages-install.sh"}"
    execute_command = "sudo -n /bin/bash '{{ .Path }}'"
  }
  provisioner "shell" {
    script          = "${path.root}/${"steps/21-packages-remove.sh"}"
    execute_command = "sudo -n /bin/bash '{{ .Path }}'"
  }
  provisioner "shell" {
    script          = "${path.root}/${"steps/22-packages-hold.sh"}"
    execute_command = "sudo -n /bin/bash '{{ .Path }}'"
  }
  provisioner "shell" {
    script          = "${path.root}/${"steps/23-script-site.sh"}"
    execute_command = "sudo -n /bin/bash '{{ .Path }}'"
  }
  provisioner "shell" {
    script          = "${path.root}/${"steps/24-first-boot.sh"}"
    execute_command = "sudo -n /bin/bash '{{ .Path }}'"
  }
  provisioner "shell" {
    script          = "${path.root}/${"steps/25-first-boot-01-joinDomain.sh"}"
    execute_command = "sudo -n /bin/bash '{{ .Path }}'"
  }
  provisioner "shell" {
    script          = "${path.root}/${"steps/26-first-boot-02-node.sh"}"
    execute_command = "sudo -n /bin/bash '{{ .Path }}'"
  }
  provisioner "shell" {
    script          = "${path.root}/${"steps/27-first-boot-join-programs.sh"}"
    execute_command = "sudo -n /bin/bash '{{ .Path }}'"
  }
  provisioner "shell" {
    script          = "${path.root}/${"steps/28-inventory.sh"}"
    execute_command = "sudo -n /bin/bash '{{ .Path }}'"
  }
  provisioner "shell" {
    script          = "${path.root}/${"steps/29-hygiene.sh"}"
    execute_command = "sudo -n /bin/bash '{{ .Path }}'"
  }

  post-processor "manifest" {
    output     = "manifest.json"
    strip_path = true
    custom_data = {
      run         = var.run
      fingerprint = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    }
  }
}
