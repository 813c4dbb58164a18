"""The dentate circuit of Galloni et al. (2022): its five configurations as files, and how to build one."""
